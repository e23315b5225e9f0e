const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-]\d\d):(\d\d))$/;

/** `2026-11-22 01:02:03.5 +0000 UTC`: a time of a release as Go prints it; `-` for none. */
export function goTime(text: string): string {
  const [, year = '', month = '', day = '', clock = '', fraction = '', hours, minutes = ''] = RFC3339.exec(text) ?? [];
  if (year === '') return '-';
  const digits = fraction.replace(/0+$/, '');
  const zone = hours === undefined ? '+0000 UTC' : `${hours}${minutes} ${hours}${minutes}`;
  return `${year}-${month}-${day} ${clock}${digits === '' ? '' : `.${digits}`} ${zone}`;
}

/** `Sun Nov 22 01:02:03 2026`, in the zone that it was written in; '' for none. */
export function ansiTime(text: string): string {
  const [, year = '', month = '', day = '', clock = ''] = RFC3339.exec(text) ?? [];
  if (year === '') return '';
  const weekday = DAYS[new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDay()] ?? '';
  return `${weekday} ${MONTHS[Number(month) - 1] ?? ''} ${String(Number(day)).padStart(2)} ${clock} ${year}`;
}

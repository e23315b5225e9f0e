import { rewriteHtml, rewriteUrl } from './rewrite-links.ts';

const rewriting = { backendHost: '10.1.2.3:80', requestHost: 'localhost:8001', prefix: '/api/v1/namespaces/n/services/s/proxy' };

describe('rewriteUrl', () => {
  it.each([
    ['/a', '/api/v1/namespaces/n/services/s/proxy/a'],
    ['/', '/api/v1/namespaces/n/services/s/proxy/'],
    ['/a/../b/?x=/c#d', '/api/v1/namespaces/n/services/s/proxy/b/?x=/c#d'],
    ['http://10.1.2.3:80/a', '/api/v1/namespaces/n/services/s/proxy/a'],
    ['https://localhost:8001/a', 'https://localhost:8001/api/v1/namespaces/n/services/s/proxy/a'],
    ['/api/v1/namespaces/n/services/s/proxy/a', '/api/v1/namespaces/n/services/s/proxy/a'],
    ['a/b', 'a/b'], ['../a', '../a'], ['#x', '#x'], ['mailto:me@example.com', 'mailto:me@example.com'], ['http://example.com/a', 'http://example.com/a'], ['//example.com/a', '//example.com/a'], ['', ''],
  ])('%s becomes %s', (url, rewritten) => {
    expect(rewriteUrl(url, rewriting)).toBe(rewritten);
  });
});

describe('rewriteHtml', () => {
  const prefix = '/api/v1/namespaces/n/services/s/proxy';
  it.each([
    ['<a href="/x">y</a>', `<a href="${prefix}/x">y</a>`],
    ["<A class=b HREF='/x?a=1&amp;b=2' id=c>", `<A class=b HREF="${prefix}/x?a=1&amp;b=2" id=c>`],
    ['<img src=/x.png alt="/y">', `<img src="${prefix}/x.png" alt="/y">`],
    ['<form action="/x"><input src="/y"/></form>', `<form action="${prefix}/x"><input src="${prefix}/y"/></form>`],
    ['<a title=">" href="/x">', `<a title=">" href="${prefix}/x">`],
    ['<a href="/unclosed', '<a href="/unclosed'],
    ['<!-- <a href="/x"> --><p href="/x">', '<!-- <a href="/x"> --><p href="/x">'],
    ['<script src="/x">"<a href=\\"/y\\">"</script><a href="/z">', `<script src="${prefix}/x">"<a href=\\"/y\\">"</script><a href="${prefix}/z">`],
    ['1 < 2 <', '1 < 2 <'], ['', ''],
  ])('%s', (html, rewritten) => {
    expect(rewriteHtml(html, rewriting)).toBe(rewritten);
  });

  it('takes time in proportion to a page however broken', () => {
    for (const piece of ['<', '<a ', '<a href="', '<!--', '<script>', '"', "<a b='"]) expect(rewriteHtml(piece.repeat(100_000), rewriting).length).toBeGreaterThan(90_000);
  });
});

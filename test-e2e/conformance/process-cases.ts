import { CONFORMANCE, LINUX, NODE, type PodCase, script } from './pod-case.ts';

const ids = script('echo uid=$(id -u) gid=$(id -g)');

/** How a container's process runs: its users, rights, init containers, and what is left when it ends. */
export const processCases: readonly PodCase[] = [
  {
    name: `[sig-node] Security Context should support container.SecurityContext.RunAsUser And container.SecurityContext.RunAsGroup [LinuxOnly] ${CONFORMANCE}`,
    spec: () => ({ securityContext: { runAsUser: 5 }, containers: [{ ...ids, securityContext: { runAsUser: 1001, runAsGroup: 2002 } }] }),
    log: ['uid=1001 gid=2002'],
  },
  {
    name: `[sig-node] Security Context should support pod.Spec.SecurityContext.RunAsUser And pod.Spec.SecurityContext.RunAsGroup [LinuxOnly] ${CONFORMANCE}`,
    spec: () => ({ securityContext: { runAsUser: 1001, runAsGroup: 2002 }, containers: [ids] }),
    log: ['uid=1001 gid=2002'],
  },
  {
    name: `[sig-node] Security Context When creating a container with runAsUser should run the container with uid 65534 ${LINUX}`,
    spec: () => ({ containers: [{ ...ids, securityContext: { runAsUser: 65534 } }] }),
    log: ['uid=65534'],
  },
  {
    name: `[sig-node] Security Context When creating a pod with privileged should run the container as unprivileged when false ${LINUX}`,
    spec: () => ({ containers: [{ ...script('ip link add dummy0 type dummy || echo refused'), securityContext: { privileged: false } }] }),
    log: ['refused'],
  },
  {
    name: `[sig-node] Security Context When creating a pod with readOnlyRootFilesystem should run the container with writable rootfs when readOnlyRootFilesystem=false ${NODE}`,
    spec: () => ({ containers: [{ ...script('touch /checkfile && echo written'), securityContext: { readOnlyRootFilesystem: false } }] }),
    log: ['written'],
  },
  {
    name: `[sig-node] Kubelet when scheduling a read only busybox container should not write to root filesystem ${LINUX}`,
    spec: () => ({ containers: [{ ...script('echo x > /file || echo refused'), securityContext: { readOnlyRootFilesystem: true } }] }),
    log: [/refused/],
  },
  {
    name: `[sig-node] Security Context when creating containers with AllowPrivilegeEscalation should not allow privilege escalation when false ${LINUX}`,
    spec: () => ({ containers: [{ ...script('grep NoNewPrivs /proc/self/status'), securityContext: { allowPrivilegeEscalation: false, runAsUser: 1000 } }] }),
    log: [/NoNewPrivs:\s+1/],
  },
  {
    name: `[sig-node] Kubelet when scheduling an agnhost Pod with hostAliases should write entries to /etc/hosts ${NODE}`,
    spec: () => ({ hostAliases: [{ ip: '123.45.67.89', hostnames: ['foo', 'bar'] }], containers: [script('cat /etc/hosts')] }),
    log: ['# Kubernetes-managed hosts file.', '123.45.67.89\tfoo\tbar'],
  },
  {
    name: `[sig-node] Kubelet when scheduling a busybox command in a pod should print the output to logs ${NODE}`,
    spec: () => ({ containers: [script("echo 'Hello World'")] }),
    log: ['Hello World\n'],
  },
  {
    name: `[sig-node] InitContainer [NodeConformance] should invoke init containers on a RestartNever pod ${CONFORMANCE}`,
    spec: () => ({
      volumes: [{ name: 'v', emptyDir: {} }],
      initContainers: [{ ...script('echo first >> /v/order'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { ...script('echo second >> /v/order'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      containers: [{ ...script('cat /v/order'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    }),
    log: ['first\nsecond\n'],
  },
  {
    name: `[sig-node] InitContainer [NodeConformance] should not start app containers and fail the pod if init containers fail on a RestartNever pod ${CONFORMANCE}`,
    spec: () => ({ initContainers: [script('true'), script('exit 1')], containers: [script('echo ran')] }),
    log: ['!ran'],
    phase: 'Failed',
  },
  {
    name: `[sig-node] KubeletManagedEtcHosts should test kubelet managed /etc/hosts file ${NODE}`,
    spec: () => ({ containers: [script('head -1 /etc/hosts; grep -c "$(hostname)" /etc/hosts')] }),
    log: ['# Kubernetes-managed hosts file.', /^1$/m],
  },
  {
    name: `[sig-network] DNS should support configurable pod DNS nameservers ${CONFORMANCE}`,
    spec: () => ({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] }, containers: [script('cat /etc/resolv.conf')] }),
    log: [/^nameserver 1\.1\.1\.1$/m, /^search resolv\.conf\.local$/m, '!10.96.0.10'],
  },
  {
    name: `[sig-auth] ServiceAccounts should mount an API token into pods ${CONFORMANCE}`,
    spec: () => ({ containers: [script('cd /var/run/secrets/kubernetes.io/serviceaccount; cat namespace; echo; head -1 ca.crt; cut -d. -f1 token | wc -c')] }),
    log: ['conformance', '-----BEGIN CERTIFICATE-----'],
  },
  {
    name: `[sig-auth] ServiceAccounts should mount projected service account token ${CONFORMANCE}`,
    spec: () => ({ volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 86400 } }] } }], containers: [{ ...script('cut -c1-2 /v/token; stat -L -c "mode %a" /v/token'), volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
    log: ['ey', 'mode 6'],
  },
  {
    name: `[sig-auth] ServiceAccounts should allow opting out of API token automount ${CONFORMANCE}`,
    spec: () => ({ automountServiceAccountToken: false, containers: [script('ls /var/run/secrets/kubernetes.io || echo none')] }),
    log: ['none'],
  },
  {
    name: `[sig-network] DNS should provide DNS for the cluster ${CONFORMANCE}`,
    spec: () => ({ containers: [script('for try in $(seq 30); do nslookup kubernetes.default.svc.cluster.local && break; sleep 1; done')] }), // asked again, as Kubernetes' test does
    log: ['10.96.0.1'],
  },
  {
    name: `[sig-network] DNS should provide /etc/hosts entries for the cluster ${CONFORMANCE}`,
    spec: () => ({ hostname: 'querier', subdomain: 'dns-test', containers: [script('cat /etc/hosts')] }),
    log: [/\tquerier\.dns-test\.conformance\.svc\.cluster\.local\tquerier$/m],
  },
];

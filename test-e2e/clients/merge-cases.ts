/** A chart that changes when `next` is set: each object is a case of what a chart, and others meanwhile, may change. */
export const mergeChart: Readonly<Record<string, string>> = {
  'Chart.yaml': 'apiVersion: v2\nname: merge\nversion: 0.1.0\n',
  'values.yaml': 'next: false\n',
  'crds/things.yaml': `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.merge.example}
spec:
  group: merge.example
  scope: Namespaced
  names: {kind: Thing, plural: things}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`,
  'templates/map.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: map
  labels: {both: "1"{{ if not .Values.next }}, gone: "1"{{ end }}}
data:
  same: "1"
  changed: {{ if .Values.next }}"2"{{ else }}"1"{{ end }}
  {{- if not .Values.next }}
  removed: "1"
  {{- else }}
  added: "1"
  {{- end }}
`,
  'templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  {{- if not .Values.next }}
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 2}}
  {{- else }}
  strategy: {type: Recreate}
  {{- end }}
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      {{- if not .Values.next }}
      nodeSelector: {zone: a, disk: ssd}
      tolerations: [{key: one, operator: Exists}]
      {{- else }}
      nodeSelector: {disk: hdd}
      tolerations: [{key: two, operator: Exists}]
      {{- end }}
      containers:
        - name: main
          image: main:{{ if .Values.next }}2{{ else }}1{{ end }}
          args: [{{ if .Values.next }}b, c{{ else }}a{{ end }}]
          env:
            - {name: KEPT, value: "1"}
            {{- if not .Values.next }}
            - {name: REMOVED, value: "1"}
            {{- else }}
            - {name: ADDED, value: "1"}
            {{- end }}
          ports:
            - {containerPort: 80, name: http}
            {{- if .Values.next }}
            - {containerPort: 81, name: more}
            {{- end }}
        {{- if not .Values.next }}
        - {name: helper, image: "helper:1"}
        {{- end }}
`,
  'templates/service.yaml': `apiVersion: v1
kind: Service
metadata: {name: app}
spec:
  selector: {app: app}
  ports:
    - {name: http, port: 80}
    {{- if .Values.next }}
    - {name: other, port: 90}
    {{- else }}
    - {name: old, port: 70}
    {{- end }}
`,
  'templates/account.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app}\nimagePullSecrets: [{name: {{ if .Values.next }}b{{ else }}a{{ end }}}]\n',
  'templates/role.yaml': 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: app}\nrules:\n- {apiGroups: [""], resources: [pods{{ if .Values.next }}, services{{ end }}], verbs: [get]}\n',
  'templates/thing.yaml': 'apiVersion: merge.example/v1\nkind: Thing\nmetadata: {name: thing}\nspec:\n  same: 1\n  changed: {{ if .Values.next }}2{{ else }}1{{ end }}\n  list: [{{ if .Values.next }}b{{ else }}a{{ end }}]\n{{- if not .Values.next }}\n  removed: 1\n{{- end }}\n',
  'templates/leaves.yaml': '{{- if not .Values.next }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: leaves}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: stays, annotations: {helm.sh/resource-policy: keep}}\n{{- end }}\n',
  'templates/comes.yaml': '{{- if .Values.next }}\napiVersion: v1\nkind: Secret\nmetadata: {name: comes}\nstringData: {a: b}\n{{- end }}\n',
};

export const mergeKinds = 'configmaps,secrets,deployments,services,serviceaccounts,roles,things.merge.example';

/** What others do between the two, as merge patches. */
export const othersChanges: readonly (readonly [object: string, patch: unknown])[] = [
  ['configmap/map', { metadata: { labels: { theirs: '1', both: 'theirs' } }, data: { same: 'theirs', theirs: '1' } }],
  ['deployment/app', { spec: { replicas: 5, paused: true, template: { metadata: { annotations: { restarted: 'now' } }, spec: { priorityClassName: 'x', containers: [
    { name: 'sidecar', image: 'sidecar:1' }, { name: 'main', image: 'main:theirs', args: ['a'], env: [{ name: 'THEIRS', value: '1' }, { name: 'KEPT', value: 'theirs' }, { name: 'REMOVED', value: '1' }], ports: [{ containerPort: 80, name: 'http' }] },
  ] } } } }],
  ['service/app', { spec: { ports: [{ name: 'theirs', port: 60 }, { name: 'http', port: 80 }, { name: 'old', port: 70 }], sessionAffinity: 'ClientIP' } }],
  ['serviceaccount/app', { imagePullSecrets: [{ name: 'theirs' }, { name: 'a' }] }],
  ['role/app', { rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }] }],
  ['things.merge.example/thing', { spec: { same: 'theirs', changed: 'theirs', theirs: 1 } }],
];

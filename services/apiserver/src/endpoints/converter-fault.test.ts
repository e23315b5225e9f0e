import { converterFault } from './converter-fault.ts';

test.each([
  ['json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string', 'cannot restore map from string'],
  ['json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string', 'cannot restore map from slice'],
  ['json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container', 'cannot restore slice from map'],
  ['json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec', 'cannot restore struct from: string'],
  ['json: cannot unmarshal object into Go struct field ConfigMap.data of type string', 'unrecognized type: string'],
  ['json: cannot unmarshal number into Go struct field ConfigMap.data of type string', 'cannot convert int64 to string'],
  ['json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32', 'unrecognized type: int32'],
  ['json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32', 'cannot convert float64 to int32'],
  ['json: cannot unmarshal number into Go struct field ConfigMap.immutable of type bool', 'unrecognized type: bool'],
  ['illegal base64 data at input byte 0', 'error decoding from json: illegal base64 data at input byte 0'],
  ['quantities must match the regular expression', 'quantities must match the regular expression'],
])('converterFault of %j is %j', (decoder, converter) => {
  expect(converterFault(decoder)).toBe(converter);
});

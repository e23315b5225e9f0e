const KNOWN: readonly (readonly [name: string, sentence: string])[] = [
  ['RegistryUnavailable', 'because the registry is unavailable'],
  ['SignatureValidationFailed', 'because the signature validation failed'],
];

/** The reason of a container that waits for its image, and what is told: some runtimes' failures have a name of their own. */
export function explainPullError(image: string, message: string): { reason: string; message: string } {
  for (const [name, sentence] of KNOWN) if (message.startsWith(name)) return { reason: name, message: `image pull failed for ${image} ${sentence}${message.slice(name.length)}` };
  return { reason: 'ErrImagePull', message };
}

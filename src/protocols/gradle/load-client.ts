import { PlainArtifactClient } from '../shared/opaque/plain-load-client.ts';
import { gradleContentType, gradlePath } from './wire.ts';

/** Speaks to a cache as Gradle does: keys of 128 bits, its own media type, its version in a header. */
export class GradleArtifactClient extends PlainArtifactClient {
  /** @param instance the team; '' for none. */
  constructor(instance: string) {
    const version = 'X-Gradle-Version: 8.10\r\n';
    super({
      path: ({ key }) => gradlePath(instance, key.slice(8, 40)),
      lookupLines: `Accept: ${gradleContentType}, */*\r\n${version}`,
      storeLines: version,
      contentType: gradleContentType,
      removes: false,
    });
  }
}

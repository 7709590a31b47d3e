import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { serverPaths } from '../../src/protocols/index.ts';
import { repositoryRoot } from '../../src/testing/program.ts';
import { assertTimeToDrain, configOf, deployRoot, deployText, deployTree } from './deploy-files.ts';

/**
 * What needs a container engine or a cluster to run is checked here as far as it can be without:
 * that its parts agree with each other and with the program.
 */
const dockerfile = deployText('docker/Dockerfile');
const httpPort = /MEMOBUILD_PORT=(\d+)/.exec(dockerfile)![1]!;
const grpcPort = /MEMOBUILD_GRPC_PORT=(\d+)/.exec(dockerfile)![1]!;

describe('the image', () => {
  const firstWords = (instruction: string): string[] =>
    [...dockerfile.matchAll(new RegExp(`^${instruction} (\\S+)`, 'gm'))].map(([, word]) => word!);

  test('is built in two stages, and runs the program as a user', () => {
    const { bin, engines } = JSON.parse(
      readFileSync(join(repositoryRoot, 'package.json'), 'utf8'),
    ) as { bin: Record<string, string>; engines: Record<string, string> };
    const bases = firstWords('FROM');
    assert.equal(bases.length, 2);
    const [major] = /\d+/.exec(engines.node!)!;
    for (const base of bases) assert.ok(base.startsWith(`node:${major}-`), base);
    assert.deepEqual(firstWords('USER'), ['node']);
    assert.match(dockerfile, new RegExp(`^ENTRYPOINT .*/memobuild/${bin.memobuild}"`, 'm'));
    assert.match(dockerfile, new RegExp(`^EXPOSE ${httpPort} ${grpcPort}$`, 'm'));
  });

  test('is given what its build reads', () => {
    const taken = [...deployText('docker/Dockerfile.dockerignore').matchAll(/^!(.+)$/gm)];
    assert.ok(taken.length > 5);
    for (const [, path] of taken) assert.ok(statSync(join(repositoryRoot, path!)), path);
  });
});

describe('compose', () => {
  const compose = deployTree('compose/compose.yaml');
  const services = compose.at('services');
  const nodes = ['node1', 'node2', 'node3'].map((name) => services.at(name));
  /** A second to the next check, which may take two. */
  const haproxyNoticesMs = 3_000;

  test('pins the images that are not built here', () => {
    for (const service of services.values) {
      if (!service.has('build')) assert.match(service.at('image').text, /:(v?|RELEASE\.)\d+[.-]\d/);
    }
  });

  test('starts nodes with settings that they take, and lets them drain', async () => {
    for (const node of nodes) {
      const env = node.at('environment').value as Record<string, string>;
      const config = await configOf({ env: { ...env, MEMOBUILD_HOST: '0.0.0.0' } });
      assert.ok(config.processes.drainDelayMs > haproxyNoticesMs);
      assertTimeToDrain(config, Number.parseInt(node.at('stop_grace_period').text, 10));
      const secret = node.at('secrets').texts[0]!;
      assert.equal(config.auth.tokens, `/run/secrets/${secret}`);
      for (const url of [env.MEMOBUILD_REDIS!, env.MEMOBUILD_S3!]) {
        assert.ok(services.has(new URL(url).hostname), url);
      }
      assert.ok(
        services.at('bucket', 'entrypoint').texts.at(-1)!.endsWith(`s3/${env.MEMOBUILD_BUCKET}`),
      );
      assert.ok(compose.at('secrets').has(secret));
    }
  });

  test('HAProxy and Prometheus ask services where these listen', () => {
    const environment = services.at('haproxy', 'environment');
    const addresses = environment.keys.filter((name) => name.startsWith('MEMOBUILD_NODE'));
    assert.equal(addresses.length, 6);
    for (const name of addresses) {
      const [service = '', port] = environment.at(name).text.split(':');
      assert.ok(services.has(service), service);
      assert.equal(port, name.endsWith('_GRPC') ? grpcPort : httpPort);
    }
    const statusPort = environment.at('MEMOBUILD_BIND_STATUS').text.split(':')[1];
    const targets = deployTree('compose/prometheus.yaml')
      .at('scrape_configs')
      .items.flatMap((job) => job.at('static_configs').items)
      .flatMap((config) => config.at('targets').texts);
    assert.equal(targets.length, 4);
    for (const target of targets) {
      const [service = '', port] = target.split(':');
      assert.ok(services.has(service), service);
      assert.equal(port, service === 'haproxy' ? statusPort : httpPort);
    }
  });
});

describe('Kubernetes', () => {
  const pod = deployTree('kubernetes/deployment.yaml').at('spec', 'template', 'spec');
  const container = pod.at('containers').items[0]!;
  const mounts = container.at('volumeMounts').items;

  test('the nodes take their settings, and have the time to drain', async () => {
    const config = await configOf({ file: join(deployRoot, 'kubernetes', 'memobuild.yaml') });
    assertTimeToDrain(config, Number(pod.at('terminationGracePeriodSeconds').text));
    assert.ok(config.processes.drainDelayMs > 0);
    const ports = container.at('ports').items.map((port) => port.at('containerPort').text);
    assert.deepEqual(ports, [String(config.listen.port), String(config.listen.grpcPort)]);
    assert.deepEqual(ports, [httpPort, grpcPort]);
    const paths = mounts.map((mount) => mount.at('mountPath').text);
    const file = container.at('args').texts.at(-1)!;
    for (const read of [config.auth.tokens!, file]) {
      assert.ok(
        paths.some((path) => read.startsWith(`${path}/`)),
        read,
      );
    }
  });

  test('the probes ask what the server answers', () => {
    const pathOf = (probe: string): string => container.at(probe, 'httpGet', 'path').text;
    assert.equal(pathOf('startupProbe'), serverPaths.alive);
    assert.equal(pathOf('livenessProbe'), serverPaths.alive);
    assert.equal(pathOf('readinessProbe'), serverPaths.ready);
  });

  test('names agree', () => {
    const deployment = deployTree('kubernetes/deployment.yaml').at('metadata', 'name').text;
    const target = deployTree('kubernetes/autoscaler.yaml').at('spec', 'scaleTargetRef', 'name');
    assert.equal(target.text, deployment);
    const ports = container.at('ports').items.map((port) => port.at('name').text);
    for (const port of deployTree('kubernetes/service.yaml').at('spec', 'ports').items) {
      assert.ok(ports.includes(port.at('targetPort').text));
    }
    const mounted = mounts.map((mount) => mount.at('name').text);
    const volumes = pod.at('volumes').items.map((volume) => volume.at('name').text);
    assert.deepEqual(mounted, volumes);
  });

  const isAbsent = spawnSync('kubectl', ['version', '--client']).status !== 0;
  test('kustomize builds them', { skip: isAbsent && 'there is no kubectl here' }, () => {
    const args = ['kustomize', join(deployRoot, 'kubernetes')];
    const built = spawnSync('kubectl', args, { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    const kinds = parseAllDocuments(built.stdout).map((document) => String(document.get('kind')));
    assert.deepEqual(kinds.sort(), [
      'ConfigMap',
      'Deployment',
      'HorizontalPodAutoscaler',
      'Namespace',
      'PodDisruptionBudget',
      'Service',
    ]);
  });
});

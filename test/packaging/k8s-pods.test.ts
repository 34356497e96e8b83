import { configMap, documents, inBase, manifests, podSpecs } from './manifests';

describe.each(podSpecs().map(({ path, spec }) => [path, spec] as const))('The pods of %s [H4]', (_path, spec) => {
  it('keep to Pod Security restricted', () => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const { securityContext } of spec.containers) {
      expect(securityContext).toMatchObject({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
    }
    expect([spec.hostNetwork, spec.hostPID, spec.hostIPC]).toEqual([undefined, undefined, undefined]);
    for (const volume of spec.volumes) expect('secret' in volume || 'emptyDir' in volume).toBe(true);
  });

  it('cannot write their root and hold no token of the cluster', () => {
    expect(spec.automountServiceAccountToken).toBe(false);
    for (const { securityContext } of spec.containers) expect(securityContext.readOnlyRootFilesystem).toBe(true);
  });

  it('ask for resources and have limits', () => {
    for (const { resources } of spec.containers) {
      expect(Object.keys(resources.requests).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
      expect(Object.keys(resources.limits).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
    }
  });
});

describe('the Deployment', () => {
  const { strategy, template } = inBase('Deployment').spec;
  const [container] = template.spec.containers;

  it('probes the plaintext port that serves health only; only readiness looks at MongoDB [H5]', () => {
    const { startupProbe, livenessProbe, readinessProbe, ports } = container;
    const { containerPort } = ports.find(({ name }: { name: string }) => name === 'health');
    expect([startupProbe, livenessProbe, readinessProbe].map(({ grpc }) => grpc)).toEqual([
      { port: containerPort, service: 'liveness' },
      { port: containerPort, service: 'liveness' },
      { port: containerPort, service: 'readiness' },
    ]);
  });

  it('shows the health port to the kubelet only [H5]', () => {
    const served = [inBase('Service'), inBase('Service', 'postern-headless')].flatMap(({ spec }) => spec.ports);
    const letIn = inBase('NetworkPolicy').spec.ingress.flatMap(({ ports }: { ports: object[] }) => ports);
    expect(served.map(({ targetPort }) => targetPort)).not.toContain('health');
    expect(letIn.map(({ port }: { port: string }) => port)).not.toContain('health');
  });

  it('has the time to pause and to drain [H6]', () => {
    const pause = container.lifecycle.preStop.sleep.seconds;
    const drain = Number(configMap().DRAIN_SECONDS);
    expect(drain).toBeGreaterThan(0);
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(pause + drain);
  });

  it('never goes below its number of pods while it rolls', () => {
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  });

  it('has two pods or more, spread over machines and zones, of which one may be taken at a time [H4]', () => {
    expect(inBase('Deployment').spec.replicas).toBeUndefined();
    expect(inBase('HorizontalPodAutoscaler').spec.minReplicas).toBeGreaterThanOrEqual(2);
    const keys = template.spec.topologySpreadConstraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey);
    expect(keys).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']);
    expect(inBase('PodDisruptionBudget').spec.maxUnavailable).toBe(1);
  });

  it('runs as the user of the image', () => {
    const { runAsUser, runAsGroup } = template.spec.securityContext;
    expect([runAsUser, runAsGroup]).toEqual([65532, 65532]);
  });

  it('has whole cores as its CPU limit, which HASH_CONCURRENCY follows by itself', () => {
    expect(container.resources.limits.cpu).toMatch(/^[1-9]\d*$/);
    expect(configMap()).not.toHaveProperty('HASH_CONCURRENCY');
  });
});

describe('the namespaces', () => {
  it('enforce Pod Security restricted [H4]', () => {
    const namespaces = manifests().filter(({ manifest }) => manifest.kind === 'Namespace');
    expect(namespaces).toHaveLength(2);
    for (const { manifest } of namespaces) {
      expect(manifest.metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted');
    }
  });

  it('hold no secret of this repository', () => {
    const secrets = manifests().filter(({ manifest }) => manifest.kind === 'Secret');
    expect(secrets.map(({ path }) => path)).toEqual(['k8s/base/secret.example.yaml']);
    expect(secrets[0]?.manifest.stringData.SECRET_KEY).toBe('');
    expect(documents('k8s/base/kustomization.yaml')[0].resources).not.toContain('secret.example.yaml');
  });
});

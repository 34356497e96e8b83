#!/usr/bin/env bash
# check-alerts.sh PROMTOOL: holds the alert rules and the dashboard of k8s/monitoring against Prometheus itself: they
# parse, nothing is declared twice, and each alert fires when it should (test/packaging/alerts.promtool.yaml). One line
# per check, as check-k8s.sh.
set -uo pipefail

promtool=$1
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
cp "$root/test/packaging/alerts.promtool.yaml" "$work"

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

# An alert that looks for the opposite must fail its test, or the test tests nothing.
refuses_another_rule() {
  sed -i 's/postern_can_validate) == 0/postern_can_validate) == 1/' "$work/rules.yaml"
  local said
  ! said=$("$promtool" test rules "$work/alerts.promtool.yaml" 2>&1) && [[ $said == *PosternCannotValidate* ]]
}

check 'rules for promtool' node "$root/scripts/prometheus-rules.mjs" "$work"
check 'promtool check rules, alerts' "$promtool" check rules --lint=all --lint-fatal "$work/rules.yaml"
check 'promtool check rules, dashboard' "$promtool" check rules --lint=none "$work/dashboard-rules.yaml"
check 'promtool test rules' "$promtool" test rules "$work/alerts.promtool.yaml"
check 'promtool refuses a rule that is turned round' refuses_another_rule
exit "$failed"

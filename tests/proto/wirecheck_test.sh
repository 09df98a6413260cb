#!/bin/sh
# Holds our descriptors against the published interface, with the tool that stands beside the
# checkout. usage: wirecheck_test.sh DESCRIPTOR_SET; 77 where the tool is not at hand.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
tool=${WIRECHECK:-$root/../shared/tools/wirecheck}
if [ ! -x "$tool" ]; then
  echo "wirecheck is not at hand: skipped"
  exit 77
fi
if ! report=$("$tool" "$1" --coverage); then
  echo "$report" | grep -Ev ' of [0-9]+ declared'
  exit 1
fi
echo "$report" | grep -E 'UserService|OrganizationService|^methods'
for service in zitadel.user.v2.UserService zitadel.org.v2.OrganizationService; do
  if ! echo "$report" | grep -Eq "^$service: ([0-9]+) of \\1 declared\$"; then
    echo "$service is not declared whole"
    exit 1
  fi
done
echo "$report" | grep -q 'missing fields 0, faults 0$'

#!/bin/sh
# Foreign clients against the protocols alone (tests/interop/run).
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../interop/run" "$(dirname "${MUNIMENT:-$here/../../build/dev/muniment}")"

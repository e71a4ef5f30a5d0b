#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ctrl-C once, and twice, at each request.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

need_strike_library
prepare
visit FH_STRIKE=request: :interrupt 130
visit FH_STRIKE=request: :interrupt-twice 130
done_testing

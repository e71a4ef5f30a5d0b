#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed as each request is handed over for sending.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

need_strike_library
prepare
visit FH_STRIKE=request: '' 137
done_testing

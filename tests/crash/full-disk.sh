#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The disk is full from the n-th write on.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

need_strike_library
prepare
visit FH_DISK_FULL= '' 1
done_testing

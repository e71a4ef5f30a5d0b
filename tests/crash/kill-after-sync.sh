#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed just after each journal write has reached the disk.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

need_strike_library
prepare
visit FH_STRIKE=sync-after: '' 137
done_testing

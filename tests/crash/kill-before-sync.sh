#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed just before each journal write reaches the disk.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

need_strike_library
prepare
visit FH_STRIKE=sync-before: '' 137
done_testing

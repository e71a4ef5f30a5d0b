#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Killed with each answer in hand, before it is looked at.
# shellcheck source=tests/crash/lib.sh
source "$(dirname "$0")/lib.sh"

need_strike_library
prepare
visit FH_STRIKE=answer: '' 137
done_testing

/* SPDX-License-Identifier: Apache-2.0 */
/* action/collect-logs: what runs on the machine. Output goes to the log; nothing is changed there.
 */
#ifndef FLEXHOST_PLUGINS_ACTION_COLLECT_LOGS_SCRIPTS_H
#define FLEXHOST_PLUGINS_ACTION_COLLECT_LOGS_SCRIPTS_H

/* Takes the number of hours to look back. */
static const char windows_script[] =
    "$ErrorActionPreference = 'Continue'\n"
    "$ProgressPreference = 'SilentlyContinue'\n"
    "$since = (Get-Date).AddHours(-%s)\n"
    "function Section($title) { \"\"; \"==== $title ====\" }\n"
    "Section 'Machine'\n"
    "Get-ComputerInfo -Property CsName, CsDomain, CsPartOfDomain, OsName, OsVersion,"
    " OsLastBootUpTime, TimeZone | Format-List | Out-String -Width 200\n"
    "Section 'Disks'\n"
    "Get-Volume | Format-Table -AutoSize | Out-String -Width 200\n"
    "Section 'Network'\n"
    "ipconfig /all\n"
    "route print -4\n"
    "w32tm /query /status\n"
    "Section 'Domain'\n"
    "if ((Get-CimInstance Win32_ComputerSystem).PartOfDomain) { Test-ComputerSecureChannel;"
    " nltest /dsgetdc: }\n"
    "Section 'Desktop agent'\n"
    "Get-Service -ErrorAction SilentlyContinue -Name 'BrokerAgent', 'Citrix*', 'WindowsAzure*',"
    " 'RdAgent', 'TermService' | Format-Table -AutoSize Name, Status, StartType | Out-String"
    " -Width 200\n"
    "Get-ItemProperty -ErrorAction SilentlyContinue 'HKLM:\\SOFTWARE\\Citrix\\VirtualDesktopAgent'"
    " | Select-Object ListOfDDCs, RegistrationState, ProductVersion | Format-List | Out-String\n"
    "Section 'Sessions'\n"
    "quser 2>&1 | Out-String\n"
    "foreach ($name in 'System', 'Application') {\n"
    "  Section \"Event log $name since $since\"\n"
    "  Get-WinEvent -ErrorAction SilentlyContinue -MaxEvents 500 -FilterHashtable"
    " @{LogName=$name; Level=1,2,3; StartTime=$since} | Format-Table -Wrap TimeCreated, Id,"
    " ProviderName, Message | Out-String -Width 200\n"
    "}\n"
    "Section 'End'\n"
    "exit 0\n";

static const char linux_script[] =
    "#!/bin/sh\n"
    "section() { printf '\\n==== %%s ====\\n' \"$1\"; }\n"
    "section Machine; hostnamectl 2>&1; uptime; cat /etc/os-release\n"
    "section Disks; df -h 2>&1\n"
    "section Memory; free -m 2>&1\n"
    "section Network; ip address 2>&1; ip route 2>&1; cat /etc/resolv.conf\n"
    "section Time; timedatectl 2>&1\n"
    "section Domain; command -v realm >/dev/null && realm list 2>&1\n"
    "section 'Failed services'; systemctl --no-pager --failed 2>&1\n"
    "section 'Desktop agent'; systemctl --no-pager status ctxvda walinuxagent 2>&1\n"
    "section Sessions; who 2>&1\n"
    "section 'Journal, warnings and worse, last %s hours'\n"
    "journalctl --no-pager --priority=warning --lines=1000 --since='%s hours ago' 2>&1\n"
    "section End\n"
    "exit 0\n";

#endif

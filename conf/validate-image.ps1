# SPDX-License-Identifier: Apache-2.0
# Whether a Windows machine is fit to be the image of a catalog. Prints one JSON object; exit status
# 0: every rule holds, 3: one does not, anything else: the script itself broke.
#
# The same rules for Linux: validate-image.sh. What a rule is called and which code it fails with is
# the same in both.
param(
    [string]$Sessions = '',
    [string]$Generation = '',
    [string]$Run = ''
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$VdaLeast = 2507
$script:Checks = @()
$script:Failed = $false

# What the registry holds is anybody's: printable ASCII only, cut short.
function Shorten([string]$Text, [int]$Most) {
    $plain = $Text -replace '[^ -~]', ''
    if ($plain.Length -gt $Most) { $plain = $plain.Substring(0, $Most) }
    return $plain
}

function Add-Check([string]$Rule, [string]$Result, [string]$Evidence, [string]$Mend, [string]$Code) {
    $check = [ordered]@{ rule = $Rule; result = $Result; evidence = (Shorten $Evidence 100) }
    if ($Result -ne 'pass') {
        $check.mend = (Shorten $Mend 140)
        $check.code = $Code
    }
    if ($Result -eq 'fail') { $script:Failed = $true }
    $script:Checks += $check
}

# A value of the registry; $null where there is none.
function Get-Value([string]$Key, [string]$Name) {
    $item = Get-ItemProperty -Path $Key -Name $Name -ErrorAction SilentlyContinue
    if ($null -eq $item) { return $null }
    return $item.$Name
}

function Test-Rule([bool]$Holds) {
    if ($Holds) { return 'pass' }
    return 'fail'
}

# 2507.1.0.12 and 25.7.0 are both 2507; 0: that is no version.
function Get-Release([string]$Version) {
    if ($Version -notmatch '^([0-9]{1,4})(?:\.([0-9]{1,4}))?') { return 0 }
    $first = [int]$Matches[1]
    if ($first -ge 1000) { return $first }
    if ($null -eq $Matches[2]) { return 0 }
    return $first * 100 + [int]$Matches[2]
}

# What was upgraded may have left entries of what was there before: the greatest release counts.
function Get-VdaVersion {
    $greatest = ''
    $places = @(
        'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall',
        'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall'
    )
    foreach ($place in $places) {
        foreach ($key in @(Get-ChildItem -Path $place -ErrorAction SilentlyContinue)) {
            $name = [string]$key.GetValue('DisplayName')
            $version = [string]$key.GetValue('DisplayVersion')
            $known = ($key.PSChildName -like 'Citrix Virtual Desktop Agent*') -or ($name -match '^Citrix .*Virtual (Desktop|Delivery) Agent')
            if (-not ($known -and $version)) { continue }
            if (-not $greatest -or (Get-Release $version) -gt (Get-Release $greatest)) { $greatest = $version }
        }
    }
    return $greatest
}

# Builds of Windows 10 22H2 and later, Windows 11, and Windows Server 2019, 2022 and 2025. Enterprise
# multi-session (edition 175) says that it is a server.
$os = Get-CimInstance -ClassName Win32_OperatingSystem
$build = [int]$os.BuildNumber
if ($os.ProductType -eq 1 -or $os.OperatingSystemSKU -eq 175) {
    $supported = $build -ge 19045
} else {
    $supported = @(17763, 20348, 26100) -contains $build
}
Add-Check 'supported-os' (Test-Rule $supported) "$($os.Caption) $($os.Version)" `
    'Take Windows 10 22H2, Windows 11, or Windows Server 2019, 2022 or 2025' 'ErrorMasterImageInvalidOs'

# 1: BIOS, 2: UEFI.
$found = '1'
if ((Get-Value 'HKLM:\SYSTEM\CurrentControlSet\Control' 'PEFirmwareType') -eq 2) { $found = '2' }
Add-Check 'generation' (Test-Rule (($Generation -eq '') -or ($Generation -eq $found))) "generation $found" `
    "The machine shall be of generation ${Generation}: take a base image of that generation" `
    'ErrorMasterImageVerificationFailed'

$state = [string](Get-Value 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State' 'ImageState')
$generalized = $state -ne 'IMAGE_STATE_COMPLETE'
Add-Check 'not-generalized' (Test-Rule (-not $generalized)) "ImageState: $state" `
    'Do not run Sysprep: build the image again' 'ErrorMasterImageVerificationFailed'

$controllers = @()
foreach ($key in 'HKLM:\SOFTWARE\Citrix\VirtualDesktopAgent', 'HKLM:\SOFTWARE\Policies\Citrix\VirtualDesktopAgent') {
    foreach ($name in 'ListOfDDCs', 'FarmGUID') {
        $value = Get-Value $key $name
        if ($value) { $controllers += "$name=$value" }
    }
}
$evidence = 'none'
if ($controllers.Count -gt 0) { $evidence = $controllers -join ', ' }
Add-Check 'no-delivery-controllers' (Test-Rule ($controllers.Count -eq 0)) $evidence `
    'Clear ListOfDDCs and FarmGUID: machines learn their controllers when they are made' `
    'ErrorMasterImageVerificationFailed'

$personality = Join-Path $env:SystemDrive 'personality.ini'
$there = Test-Path -LiteralPath $personality -PathType Leaf
$evidence = "no $personality"
if ($there) { $evidence = $personality }
Add-Check 'personality-file' (Test-Rule $there) $evidence `
    'Install the Virtual Delivery Agent for MCS (/mastermcsimage): it makes personality.ini' `
    'ErrorMasterImageMcsNotConfigured'

$vda = Get-VdaVersion
$evidence = 'no Virtual Delivery Agent'
if ($vda) { $evidence = $vda }
Add-Check 'vda-version' (Test-Rule ((Get-Release $vda) -ge $VdaLeast)) $evidence `
    "Install the Virtual Delivery Agent $VdaLeast or newer" 'ErrorMasterImageNoSupportedVdaFound'

# Only the VDA for one session has the service PorticaService.
$code = 'ErrorMasterImageInvalidMultiSessionVda'
if ($Sessions -eq 'single') { $code = 'ErrorMasterImageInvalidSingleSessionVda' }
if (-not $vda) {
    Add-Check 'vda-sessions' 'warning' 'no Virtual Delivery Agent to ask' 'Install it' $code
} else {
    $found = 'multi'
    if (Get-Service -Name 'PorticaService' -ErrorAction SilentlyContinue) { $found = 'single' }
    Add-Check 'vda-sessions' (Test-Rule (($Sessions -eq '') -or ($Sessions -eq $found))) "$found session" `
        "Install the Virtual Delivery Agent for $Sessions session" $code
}

$agent = Get-Service -Name 'WindowsAzureGuestAgent' -ErrorAction SilentlyContinue
$evidence = 'no service WindowsAzureGuestAgent'
if ($agent) { $evidence = 'WindowsAzureGuestAgent' }
Add-Check 'azure-agent' (Test-Rule ($null -ne $agent)) $evidence 'Install the Azure Virtual Machine Agent' `
    'ErrorMasterImageVerificationFailed'

$answer = [ordered]@{
    os = [ordered]@{
        name = (Shorten $os.Caption 60)
        version = (Shorten $os.Version 40)
        edition = (Shorten ([string](Get-Value 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' 'EditionID')) 40)
    }
    vda = (Shorten $vda 40)
    generalized = $generalized
    checks = $script:Checks
}
ConvertTo-Json -InputObject $answer -Depth 4 -Compress
if ($script:Failed) { exit 3 }
exit 0

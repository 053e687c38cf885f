#!/bin/bash
# Written by the stack: what is this machine's own. What it does with it follows below.
NODE=%node%
FSID_DIGITS=%fsid_digits%
SECRET=%secret%
INSIDE_PUBLIC_KEY='%inside_public_key%'
INSIDE_PRIVATE_KEY=%inside_private_key%
# Once for each machine that the stack waits for; what follows the options is the signal's JSON.
notify() { %notify% --data-binary "$1"; }

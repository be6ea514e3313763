"""`refusing.py CALL[,CALL…] PROGRAM ARGUMENT…`: runs the program where these system calls fail with EPERM, as on a
machine that does not offer them. For x86_64 and aarch64; what the program starts inherits it."""

import ctypes
import os
import platform
import struct
import sys

NUMBERS = {"x86_64": {"unshare": 272}, "aarch64": {"unshare": 97}}[platform.machine()]
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM


def instruction(code, value, if_true=0, if_false=0):
    return struct.pack("HBBI", code, if_true, if_false, value)


def main():
    program = instruction(LOAD_NUMBER, 0)
    for call in sys.argv[1].split(","):
        program += instruction(JUMP_IF_EQUAL, NUMBERS[call], 0, 1) + instruction(RETURN, REFUSE)
    program += instruction(RETURN, ALLOW)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0), (PR_SET_SECCOMP, MODE_FILTER, header)):
        if libc.prctl(*arguments, 0, 0) != 0:
            sys.exit(f"prctl {arguments[0]}: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()

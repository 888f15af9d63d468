"""A small file system for one test, seen by this process and its children only."""

import ctypes
import os
import subprocess

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000


def enter_private_namespace():
    """Mounts made from here on vanish with the process. Without root, a user namespace helps."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNS if user == 0 else _CLONE_NEWNS | _CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"no private mount namespace: {os.strerror(error)}; run as root, or "
                             "allow user namespaces")
    if user != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def mount_tmpfs(path, mebibytes):
    os.makedirs(path)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "live", path], check=True)


def mount_ext4(path, mebibytes):
    """In a file beside it. The loop device goes with the mount."""
    os.makedirs(path)
    image = f"{path}.image"
    with open(image, "wb") as file:
        file.truncate(mebibytes << 20)
    subprocess.run(["mkfs.ext4", "-q", "-b", "4096", "-m", "0", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, path], check=True)


def unmount(path):
    subprocess.run(["umount", "--lazy", path], check=True)

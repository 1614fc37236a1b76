#!/bin/sh
# Holds the disk of a container that boots systemd, from one boot to the next, in namespaces of its own: whatever becomes
# of whoever started it, nothing of it is left on the machine. It is process 1 of its PID namespace, so that everything
# in the container ends with it, and it ends with its standard input.
#
#     unshare --mount --pid --fork --mount-proc --kill-child holder.sh NAME MACHINE-ID
set -eu
name=$1 machine_id=$2
# Of the control groups nspawn is to see the unified hierarchy alone, where it looks for it. The machine's own stays as
# it is: a mount namespace of one's own is made without propagation.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
group=/sys/fs/cgroup/$name
mkdir "$group"
# What nspawn writes on its host, and the container's disk: the machine's, with changes that are in memory.
mount -t tmpfs tmpfs /run
mkdir /run/upper /run/work /run/disk
mount -t overlay overlay -o lowerdir=/,upperdir=/run/upper,workdir=/run/work /run/disk
cd /run/disk
# Nothing that was set up to start on this machine starts in the container; what systemd itself brings does.
rm -rf etc/systemd/system/* etc/rc?.d/* var/log/journal var/crash
mkdir -p var/log/journal
rm -f etc/machine-id
echo "$machine_id" > etc/machine-id
echo 'ready'
cat > /dev/null || true

for at in "$group"/*/cgroup.kill; do [ ! -e "$at" ] || echo 1 > "$at"; done
while grep -q '^populated 1' "$group/cgroup.events"; do sleep 0.05; done
find "$group" -depth -type d -exec rmdir {} +

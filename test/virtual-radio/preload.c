/*
 * Loaded into btvirt (LD_PRELOAD), so that it runs on any Linux machine and several of them side by side.
 *
 * - btvirt opens AF_ALG sockets for every client and drops the client where the kernel has none. Heart-rate links are
 *   not encrypted, so a descriptor of /dev/urandom is answer enough.
 * - btvirt listens at fixed paths, /tmp/bt-server-*. They are moved into the folder SIDELINE_RADIO_FOLDER, and each
 *   is announced on standard error once it accepts connections: "listening bt-server-le".
 * - Handles are put right, see handles.c.
 * - btvirt throws a packet away when a client's socket buffer is full, and says nothing. Every such loss is announced
 *   on standard error: "dropped".
 * - It ends with the process that started it, however that ends.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "handles.h"

#define SERVER "/tmp/bt-server-"
#define REAL(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static void say(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));
	(void)written;
}

/* Where a path of btvirt's is in truth; `moved` holds sizeof(sun_path) bytes. */
static const char *place(const char *path, char *moved)
{
	const char *folder = getenv("SIDELINE_RADIO_FOLDER");
	int length;

	if (folder == NULL || strncmp(path, SERVER, strlen(SERVER)) != 0)
		return path;
	length = snprintf(moved, sizeof(((struct sockaddr_un *)0)->sun_path), "%s/%s", folder, path + strlen("/tmp/"));
	if (length < 0 || (size_t)length >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		say("the folder's path is too long for a socket\n");
		abort();
	}
	return moved;
}

__attribute__((constructor)) static void end_with_parent(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int socket(int domain, int type, int protocol)
{
	if (domain == AF_ALG)
		return open("/dev/urandom", O_RDWR | O_CLOEXEC);
	return REAL(socket)(domain, type, protocol);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	struct sockaddr_un moved = { .sun_family = AF_UNIX };
	const char *path;

	if (address->sa_family == AF_ALG)
		return 0;
	if (address->sa_family != AF_UNIX)
		return REAL(bind)(fd, address, length);
	path = place(((const struct sockaddr_un *)address)->sun_path, moved.sun_path);
	if (path != moved.sun_path)
		return REAL(bind)(fd, address, length);
	return REAL(bind)(fd, (const struct sockaddr *)&moved, sizeof(moved));
}

int listen(int fd, int backlog)
{
	struct sockaddr_un address;
	socklen_t length = sizeof(address);
	char line[sizeof(address.sun_path) + 16];
	const char *name;

	/* Its own backlog of 5 would refuse a team of straps that come all at once. */
	if (REAL(listen)(fd, backlog < 64 ? 64 : backlog) != 0)
		return -1;
	if (getsockname(fd, (struct sockaddr *)&address, &length) == 0 && address.sun_family == AF_UNIX) {
		name = strrchr(address.sun_path, '/');
		snprintf(line, sizeof(line), "listening %s\n", name == NULL ? address.sun_path : name + 1);
		say(line);
	}
	return 0;
}

int accept(int fd, struct sockaddr *address, socklen_t *length)
{
	int client = REAL(accept)(fd, address, length);
	int bytes = 8 << 20;

	/* As much as may be waiting for a client that is busy; beyond it packets are dropped. */
	if (client >= 0 && setsockopt(client, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) != 0)
		setsockopt(client, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	return client;
}

int unlink(const char *path)
{
	char moved[sizeof(((struct sockaddr_un *)0)->sun_path)];

	return REAL(unlink)(place(path, moved));
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	heard_from(fd);
	return REAL(recv)(fd, buffer, size, flags);
}

/* What `recv` is called where btvirt was built with _FORTIFY_SOURCE. */
ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags)
{
	if (size > room)
		abort();
	return recv(fd, buffer, size, flags);
}

/* btvirt sends each packet with one call. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	static uint8_t packet[8192];
	size_t length = 0;
	ssize_t sent;

	for (size_t i = 0; i < message->msg_iovlen; i++) {
		const struct iovec *part = &message->msg_iov[i];

		if (part->iov_len > sizeof(packet) - length)
			abort();
		memcpy(packet + length, part->iov_base, part->iov_len);
		length += part->iov_len;
	}
	translate(fd, packet, length);
	/* Without MSG_NOSIGNAL a client that ends at the wrong instant would end btvirt. */
	sent = send(fd, packet, length, flags | MSG_NOSIGNAL);
	if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		say("dropped\n");
	return sent;
}

int close(int fd)
{
	forget_client(fd);
	return REAL(close)(fd);
}

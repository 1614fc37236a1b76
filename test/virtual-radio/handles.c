/*
 * btvirt gives each side of a link a handle of its own, the lowest from 42 on that this side has free, and then mixes
 * them up: it tells the peripheral the central's handle, and passes data and parameter events on with the handle of the
 * side that they come from. All is well while both handles are 42; with a second link on a controller nothing arrives,
 * or it arrives on the wrong link. Here every packet on its way to a client gets the handle that is the client's own.
 *
 * btvirt does all of its sending while it works on what one client has written, so that client is the side that a
 * handle comes from.
 */
#include <stdint.h>
#include <sys/types.h>
#include "handles.h"

#define FIRST_HANDLE 42
#define MOST_LINKS 256
#define NOBODY (-1)

struct side {
	int client;
	uint16_t handle;
};

struct link {
	struct side central;
	struct side peripheral;
};

static struct link links[MOST_LINKS];
static int link_count;
static int source = NOBODY;

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static void put16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = value & 0xff;
	bytes[1] = value >> 8;
}

static int is(const struct side *side, int client, uint16_t handle)
{
	return side->client == client && side->handle == handle;
}

static struct link *find(int client, uint16_t handle)
{
	for (int i = 0; i < link_count; i++)
		if (is(&links[i].central, client, handle) || is(&links[i].peripheral, client, handle))
			return &links[i];
	return NULL;
}

static void forget(struct link *link)
{
	*link = links[--link_count];
}

/* What `client` calls the link that the source calls `handle`. */
static uint16_t translated(int client, uint16_t handle)
{
	struct link *link = client == source ? NULL : find(source, handle);

	if (link == NULL)
		return handle;
	return is(&link->central, source, handle) ? link->peripheral.handle : link->central.handle;
}

/* The peripheral's handle of a new link, as btvirt has chosen it without saying so. */
static uint16_t begin_link(int peripheral, uint16_t centrals_handle)
{
	uint16_t handle = FIRST_HANDLE;

	while (find(peripheral, handle) != NULL)
		handle++;
	if (link_count < MOST_LINKS)
		links[link_count++] = (struct link){ { source, centrals_handle }, { peripheral, handle } };
	return handle;
}

static void translate_low_energy_event(int client, uint8_t *parameters, size_t length)
{
	switch (parameters[0]) {
	case 0x01: /* Connection Complete: status, handle, role */
		if (length >= 5 && parameters[1] == 0 && parameters[4] == 1)
			put16(parameters + 2, begin_link(client, get16(parameters + 2)));
		break;
	case 0x03: /* Connection Update Complete: status, handle */
		if (length >= 4)
			put16(parameters + 2, translated(client, get16(parameters + 2)));
		break;
	case 0x06: /* Remote Connection Parameter Request: handle */
		if (length >= 3)
			put16(parameters + 1, translated(client, get16(parameters + 1)));
		break;
	}
}

static void translate_event(int client, uint8_t code, uint8_t *parameters, size_t length)
{
	struct link *link;

	switch (code) {
	case 0x05: /* Disconnection Complete: status, handle */
		link = length >= 3 && parameters[0] == 0 ? find(client, get16(parameters + 1)) : NULL;
		if (link != NULL)
			forget(link);
		break;
	case 0x0e: /* Command Complete: count, opcode; Reset forgets links without a word */
		if (length >= 3 && get16(parameters + 1) == 0x0c03)
			forget_client(client);
		break;
	case 0x3e:
		if (length >= 1)
			translate_low_energy_event(client, parameters, length);
		break;
	}
}

void heard_from(int client)
{
	source = client;
}

void translate(int client, uint8_t *packet, size_t length)
{
	uint16_t header;

	if (length >= 5 && packet[0] == 0x02) {
		header = get16(packet + 1);
		put16(packet + 1, (header & 0xf000) | translated(client, header & 0x0fff));
	} else if (length >= 3 && packet[0] == 0x04) {
		translate_event(client, packet[1], packet + 3, length - 3);
	}
}

void forget_client(int client)
{
	for (int i = link_count - 1; i >= 0; i--)
		if (links[i].central.client == client || links[i].peripheral.client == client)
			forget(&links[i]);
}

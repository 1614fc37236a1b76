#include <stddef.h>
#include <stdint.h>

/* From now on btvirt works on what this client has written. */
void heard_from(int client);

/* Puts right the handle in a whole packet (H4) on its way to a client. */
void translate(int client, uint8_t *packet, size_t length);

/* The client's links are gone. */
void forget_client(int client);

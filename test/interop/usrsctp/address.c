/* Addresses in text and in the packed form that the bindx and connectx calls take. */
#include "peer.h"

#include <arpa/inet.h>
#include <string.h>

int parse_address(const char *text, uint16_t port, address_t *into) {
  memset(into, 0, sizeof *into);
  if (inet_pton(AF_INET, text, &into->v4.sin_addr) == 1) {
    into->v4.sin_family = AF_INET;
    into->v4.sin_port = htons(port);
    return 0;
  }
  if (inet_pton(AF_INET6, text, &into->v6.sin6_addr) == 1) {
    into->v6.sin6_family = AF_INET6;
    into->v6.sin6_port = htons(port);
    return 0;
  }
  return -1;
}

int parse_address_list(char *text, uint16_t port, address_t *into, int room) {
  int count = 0;
  char *rest = NULL;
  for (char *one = strtok_r(text, ",", &rest); one != NULL; one = strtok_r(NULL, ",", &rest)) {
    if (count == room || parse_address(one, port, &into[count]) != 0) return -1;
    count++;
  }
  return count;
}

socklen_t address_length(const struct sockaddr *address) {
  return address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

size_t pack_addresses(const address_t *from, int count, void *into) {
  size_t used = 0;
  for (int i = 0; i < count; i++) {
    memcpy((uint8_t *)into + used, &from[i], address_length(&from[i].sa));
    used += address_length(&from[i].sa);
  }
  return used;
}

const char *address_text(const struct sockaddr *address, char *into, size_t room) {
  const void *raw = address->sa_family == AF_INET
                        ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
                        : (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr;
  if (inet_ntop(address->sa_family, raw, into, room) == NULL) strcpy(into, "?");
  return into;
}

/*
 * A scriptable SCTP peer over libusrsctp: what its files share.
 *
 * One process holds one one-to-many socket, so many associations, and one UDP encapsulation port.
 * Commands come on stdin, one a line; replies and events leave on stdout, one JSON object a line. See README.md.
 */
#ifndef PEER_H
#define PEER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <usrsctp.h>

#define MAX_ADDRESSES 32

typedef union {
  struct sockaddr sa;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} address_t;

enum peer_mode { MODE_REPORT, MODE_ECHO, MODE_SINK };

struct peer_options {
  address_t local[MAX_ADDRESSES];
  int local_count;
  address_t spare[MAX_ADDRESSES]; /* not bound before the command bindx asks for it */
  int spare_count;
  uint16_t port;         /* SCTP */
  uint16_t udp_port;     /* encapsulation, ours */
  uint16_t out_streams;
  uint16_t in_streams;
  int receive_buffer;    /* bytes, of the SCTP socket */
  int send_buffer;       /* bytes, of the SCTP socket: also the largest message that can be sent */
  int udp_buffer;        /* bytes, of the UDP sockets; 0 leaves what the library sets */
  int listen;
  enum peer_mode mode;
};

extern struct peer_options options;
extern struct socket *peer_socket;

/* stack.c */
void stack_init(void);
void stack_open(void);
int set_sysctl(const char *name, uint32_t value);

/* address.c */
int parse_address(const char *text, uint16_t port, address_t *into);
int parse_address_list(char *text, uint16_t port, address_t *into, int room);
size_t pack_addresses(const address_t *from, int count, void *into);
socklen_t address_length(const struct sockaddr *address);
const char *address_text(const struct sockaddr *address, char *into, size_t room);

/* output.c */
uint64_t now_ns(void);
void emit(const char *format, ...) __attribute__((format(printf, 1, 2)));
void emit_error(const char *call, int error);
void fail(const char *call, int error) __attribute__((noreturn));
const char *hex(const void *bytes, size_t length, char *into);

/* receive.c */
extern volatile sctp_assoc_t current_association;
void receive_start(void);
void receive_pause(int paused);
void receive_set_mode(enum peer_mode mode);
void forget_partials(sctp_assoc_t association);
void sink_hash(int on);
void sink_expect(sctp_assoc_t association, uint64_t bytes);
void sink_report(long command, sctp_assoc_t association, int reset);

/* notification.c */
void on_notification(const void *bytes, size_t length);

/* auth.c, reset.c */
void on_authentication(const struct sctp_authkey_event *event);
void on_stream_reset(const struct sctp_stream_reset_event *event);
void on_association_reset(const struct sctp_assoc_reset_event *event);
void on_stream_change(const struct sctp_stream_change_event *event);

/* source.c */
struct source_request {
  long command;
  sctp_assoc_t association;
  uint64_t bytes;        /* 0: no limit but the time */
  uint64_t limit_ns;     /* 0: no limit but the bytes */
  uint32_t size;         /* of each message */
  uint16_t first_stream;
  uint16_t streams;      /* round robin over this many */
  uint32_t ppid;
  int unordered;
};
void fill_pattern(uint8_t *into, size_t length, uint64_t offset);
int send_bytes(sctp_assoc_t association, const void *bytes, size_t length, uint16_t stream, uint32_t ppid,
               uint16_t flags);
int source_start(const struct source_request *request);
void source_dry(sctp_assoc_t association);
void source_ended(sctp_assoc_t association);

/* command.c */
int run_command(char *line);

/* sha256.c */
struct sha256 {
  uint32_t state[8];
  uint64_t length;
  uint8_t block[64];
};
void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *bytes, size_t length);
const char *sha256_hex(const struct sha256 *hash, char into[65]);

#endif

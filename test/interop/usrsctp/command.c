/* The commands of the line protocol: `<id> <verb> key=value ...`. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *text(const struct command *c, const char *name) {
  for (int i = 0; i < c->count; i++) {
    if (strcmp(c->names[i], name) == 0) return c->values[i];
  }
  return NULL;
}

uint64_t number(const struct command *c, const char *name, uint64_t otherwise) {
  const char *value = text(c, name);
  return value == NULL ? otherwise : strtoull(value, NULL, 10);
}

/* Without `assoc`, the association that came up last. */
sctp_assoc_t association(const struct command *c) {
  return (sctp_assoc_t)number(c, "assoc", current_association);
}

void reply(const struct command *c, int error) {
  if (error == 0) {
    emit("\"reply\":%ld", c->id);
  } else {
    emit("\"reply\":%ld,\"errno\":%d,\"error\":\"%s\"", c->id, error, strerror(error));
  }
}

int set_option(int name, const void *value, socklen_t length) {
  return usrsctp_setsockopt(peer_socket, IPPROTO_SCTP, name, value, length) == 0 ? 0 : errno;
}

static int set_remote_udp_port(sctp_assoc_t assoc, const address_t *address, uint16_t port) {
  struct sctp_udpencaps encapsulation = {.sue_assoc_id = assoc, .sue_port = htons(port)};
  memcpy(&encapsulation.sue_address, address, sizeof *address);
  return set_option(SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation, sizeof encapsulation);
}

static void on_connect(const struct command *c) {
  address_t remotes[MAX_ADDRESSES], nowhere = {0};
  uint8_t packed[sizeof remotes];
  char *list = text(c, "to");
  uint16_t udp_port = (uint16_t)number(c, "udp", 9899);
  sctp_assoc_t assoc = 0;
  int count = list == NULL ? -1 : parse_address_list(list, (uint16_t)number(c, "port", 0), remotes, MAX_ADDRESSES);
  if (count < 1) return reply(c, EINVAL);
  /* The port that new associations start with: the address of the option has to be empty, its family set. */
  nowhere.sa.sa_family = remotes[0].sa.sa_family;
  int error = set_remote_udp_port(SCTP_FUTURE_ASSOC, &nowhere, udp_port);
  if (error != 0) return reply(c, error);
  pack_addresses(remotes, count, packed);
  if (usrsctp_connectx(peer_socket, (struct sockaddr *)packed, count, &assoc) != 0 && errno != EINPROGRESS) {
    return reply(c, errno);
  }
  emit("\"reply\":%ld,\"assoc\":%u", c->id, assoc);
}

/* The UDP port of addresses that peers add: without it the library sends to them without UDP. */
static void on_udp(const struct command *c) {
  address_t nowhere = {0};
  nowhere.sa.sa_family = AF_INET;
  reply(c, set_remote_udp_port(SCTP_FUTURE_ASSOC, &nowhere, (uint16_t)number(c, "port", 9899)));
}

static void on_send(const struct command *c) {
  uint64_t length = number(c, "length", 1);
  if (length > MAX_MESSAGE) return reply(c, EMSGSIZE);
  uint8_t *bytes = malloc(length + 1);
  if (bytes == NULL) return reply(c, ENOMEM);
  fill_pattern(bytes, length, number(c, "offset", 0));
  int error = send_bytes(association(c), bytes, length, (uint16_t)number(c, "stream", 0),
                         (uint32_t)number(c, "ppid", 0), number(c, "unordered", 0) ? SCTP_UNORDERED : 0);
  free(bytes);
  reply(c, error);
}

static void on_source(const struct command *c) {
  struct source_request request = {
      .command = c->id,
      .association = association(c),
      .bytes = number(c, "bytes", 0),
      .limit_ns = number(c, "ms", 0) * 1000000u,
      .size = (uint32_t)number(c, "size", 1024),
      .first_stream = (uint16_t)number(c, "stream", 0),
      .streams = (uint16_t)number(c, "streams", 1),
      .ppid = (uint32_t)number(c, "ppid", 0),
      .unordered = number(c, "unordered", 0) != 0,
  };
  if (request.size == 0 || request.size > MAX_MESSAGE || request.streams == 0) return reply(c, EINVAL);
  if (request.bytes == 0 && request.limit_ns == 0) return reply(c, EINVAL);
  reply(c, source_start(&request));
}

/* A graceful end: everything sent is delivered before SHUTDOWN. */
static void on_shutdown(const struct command *c) { reply(c, send_bytes(association(c), "", 0, 0, 0, SCTP_EOF)); }

static void on_abort(const struct command *c) {
  const char *reason = text(c, "reason");
  if (reason == NULL) reason = "";
  reply(c, send_bytes(association(c), reason, strlen(reason), 0, 0, SCTP_ABORT));
}

static void on_primary(const struct command *c) {
  struct sctp_setprim primary = {.ssp_assoc_id = association(c)};
  const char *address = text(c, "address");
  /* The port of the address is the peer's SCTP port, or the library does not find the path. */
  if (address == NULL || parse_address(address, (uint16_t)number(c, "port", 0), (address_t *)&primary.ssp_addr) != 0) {
    return reply(c, EINVAL);
  }
  reply(c, set_option(SCTP_PRIMARY_ADDR, &primary, sizeof primary));
}

/* Binds one more address, or gives one up: with ASCONF the peers of all associations are told. */
static void on_bindx(const struct command *c) {
  const char *text_of = text(c, "address");
  address_t address;
  int flag = number(c, "add", 1) ? SCTP_BINDX_ADD_ADDR : SCTP_BINDX_REM_ADDR;
  if (text_of == NULL || parse_address(text_of, options.port, &address) != 0) return reply(c, EINVAL);
  reply(c, usrsctp_bindx(peer_socket, &address.sa, 1, flag) == 0 ? 0 : errno);
}

/* Asks the peer to send to this address of ours. */
static void on_peer_primary(const struct command *c) {
  struct sctp_setpeerprim primary = {.sspp_assoc_id = association(c)};
  const char *address = text(c, "address");
  if (address == NULL || parse_address(address, options.port, (address_t *)&primary.sspp_addr) != 0) {
    return reply(c, EINVAL);
  }
  reply(c, set_option(SCTP_SET_PEER_PRIMARY_ADDR, &primary, sizeof primary));
}

static void on_rto(const struct command *c) {
  struct sctp_rtoinfo rto = {.srto_assoc_id = (sctp_assoc_t)number(c, "assoc", SCTP_FUTURE_ASSOC),
                             .srto_initial = (uint32_t)number(c, "initial", 0),
                             .srto_min = (uint32_t)number(c, "min", 0),
                             .srto_max = (uint32_t)number(c, "max", 0)};
  reply(c, set_option(SCTP_RTOINFO, &rto, sizeof rto));
}

/* Heartbeat interval in ms (0: none), path error limit, path MTU in bytes; of one path, or of all to come. */
static void on_path(const struct command *c) {
  struct sctp_paddrparams path = {.spp_assoc_id = (sctp_assoc_t)number(c, "assoc", SCTP_FUTURE_ASSOC),
                                  .spp_pathmaxrxt = (uint16_t)number(c, "max", 0),
                                  .spp_pathmtu = (uint32_t)number(c, "mtu", 0)};
  char *address = text(c, "address"), *interval = text(c, "heartbeat");
  address_t *into = (address_t *)&path.spp_address;
  into->sa.sa_family = AF_INET;
  if (address != NULL && parse_address(address, (uint16_t)number(c, "port", 0), into) != 0) return reply(c, EINVAL);
  if (interval != NULL) {
    path.spp_hbinterval = (uint32_t)strtoul(interval, NULL, 10);
    path.spp_flags |= path.spp_hbinterval == 0 ? SPP_HB_DISABLE : SPP_HB_ENABLE;
  }
  if (path.spp_pathmtu != 0) path.spp_flags |= SPP_PMTUD_DISABLE;
  if (number(c, "now", 0)) path.spp_flags |= SPP_HB_DEMAND;
  reply(c, set_option(SCTP_PEER_ADDR_PARAMS, &path, sizeof path));
}

static void print_path(FILE *out, sctp_assoc_t assoc, const struct sockaddr *address, const char *comma) {
  struct sctp_paddrinfo info = {.spinfo_assoc_id = assoc};
  struct sctp_udpencaps encapsulation = {.sue_assoc_id = assoc};
  socklen_t info_length = sizeof info, encapsulation_length = sizeof encapsulation;
  char shown[INET6_ADDRSTRLEN];
  memcpy(&info.spinfo_address, address, address_length(address));
  memcpy(&encapsulation.sue_address, address, address_length(address));
  usrsctp_getsockopt(peer_socket, IPPROTO_SCTP, SCTP_GET_PEER_ADDR_INFO, &info, &info_length);
  usrsctp_getsockopt(peer_socket, IPPROTO_SCTP, SCTP_REMOTE_UDP_ENCAPS_PORT, &encapsulation, &encapsulation_length);
  const char *state = info.spinfo_state & SCTP_UNCONFIRMED ? "UNCONFIRMED"
                      : info.spinfo_state & SCTP_INACTIVE  ? "INACTIVE"
                                                           : "ACTIVE";
  fprintf(out, "%s{\"address\":\"%s\",\"state\":\"%s\",\"cwnd\":%u,\"srtt\":%u,\"rto\":%u,\"mtu\":%u,\"udpPort\":%u}",
          comma, address_text(address, shown, sizeof shown), state, info.spinfo_cwnd, info.spinfo_srtt,
          info.spinfo_rto, info.spinfo_mtu, ntohs(encapsulation.sue_port));
}

static const char *state_name(int32_t state) {
  switch (state) {
    case SCTP_CLOSED: return "CLOSED";
    case SCTP_COOKIE_WAIT: return "COOKIE_WAIT";
    case SCTP_COOKIE_ECHOED: return "COOKIE_ECHOED";
    case SCTP_ESTABLISHED: return "ESTABLISHED";
    case SCTP_SHUTDOWN_PENDING: return "SHUTDOWN_PENDING";
    case SCTP_SHUTDOWN_SENT: return "SHUTDOWN_SENT";
    case SCTP_SHUTDOWN_RECEIVED: return "SHUTDOWN_RECEIVED";
    case SCTP_SHUTDOWN_ACK_SENT: return "SHUTDOWN_ACK_SENT";
    default: return "UNKNOWN";
  }
}

static void print_paths(FILE *out, sctp_assoc_t assoc) {
  struct sockaddr *addresses = NULL;
  int count = usrsctp_getpaddrs(peer_socket, assoc, &addresses);
  const uint8_t *at = (const uint8_t *)addresses;
  for (int i = 0; i < count; i++) {
    print_path(out, assoc, (const struct sockaddr *)at, i == 0 ? "" : ",");
    at += address_length((const struct sockaddr *)at);
  }
  if (count > 0) usrsctp_freepaddrs(addresses);
}

static void on_status(const struct command *c) {
  struct sctp_status status = {.sstat_assoc_id = association(c)};
  socklen_t length = sizeof status;
  char primary[INET6_ADDRSTRLEN], *body = NULL;
  size_t size = 0;
  if (usrsctp_getsockopt(peer_socket, IPPROTO_SCTP, SCTP_STATUS, &status, &length) != 0) return reply(c, errno);
  FILE *out = open_memstream(&body, &size);
  if (out == NULL) return reply(c, errno);
  fprintf(out,
          "\"reply\":%ld,\"assoc\":%u,\"state\":\"%s\",\"primary\":\"%s\",\"peerWindow\":%u,\"unacknowledged\":%u,"
          "\"pending\":%u,\"in\":%u,\"out\":%u,\"fragmentationPoint\":%u,\"paths\":[",
          c->id, association(c), state_name(status.sstat_state),
          address_text((struct sockaddr *)&status.sstat_primary.spinfo_address, primary, sizeof primary),
          status.sstat_rwnd, status.sstat_unackdata, status.sstat_penddata, status.sstat_instrms, status.sstat_outstrms,
          status.sstat_fragmentation_point);
  print_paths(out, association(c));
  fputs("]", out);
  fclose(out);
  emit("%s", body);
  free(body);
}

/* Of the whole process, since it started. */
static void on_counters(const struct command *c) {
  struct sctpstat s;
  usrsctp_get_stat(&s);
  emit("\"reply\":%ld,\"packetsIn\":%u,\"packetsOut\":%u,\"dataIn\":%u,\"dataOut\":%u,\"duplicatesIn\":%u,"
       "\"sacksIn\":%u,\"sacksOut\":%u,\"retransmitted\":%u,\"fastRetransmitted\":%u,\"t3Timeouts\":%u,"
       "\"checksumErrors\":%u,\"outOfTheBlue\":%u,\"badTags\":%u,\"aborted\":%u,\"restarts\":%u,\"collisions\":%u,"
       "\"heartbeatsIn\":%u,\"heartbeatsOut\":%u,\"windowProbes\":%u,\"droppedForWindow\":%u,\"sendErrors\":%u",
       c->id, s.sctps_recvpackets, s.sctps_sendpackets, s.sctps_recvdata, s.sctps_senddata, s.sctps_recvdupdata,
       s.sctps_recvsacks, s.sctps_sendsacks, s.sctps_sendretransdata, s.sctps_sendfastretrans, s.sctps_timodata,
       s.sctps_checksumerrors, s.sctps_outoftheblue, s.sctps_badvtag, s.sctps_aborted, s.sctps_restartestab,
       s.sctps_collisionestab, s.sctps_recvheartbeat, s.sctps_sendheartbeat, s.sctps_windowprobed,
       s.sctps_datadroprwnd, s.sctps_lowlevelerr);
}

static void on_mode(const struct command *c) {
  const char *name = text(c, "name");
  if (name == NULL) return reply(c, EINVAL);
  enum peer_mode mode = strcmp(name, "echo") == 0 ? MODE_ECHO : strcmp(name, "sink") == 0 ? MODE_SINK : MODE_REPORT;
  sink_hash(number(c, "hash", 1) != 0);
  receive_set_mode(mode);
  reply(c, 0);
}

static void on_expect(const struct command *c) {
  reply(c, 0);
  sink_expect(association(c), number(c, "bytes", 1));
}

static void on_sink(const struct command *c) { sink_report(c->id, association(c), number(c, "reset", 0) != 0); }

static void on_pause(const struct command *c) {
  receive_pause(number(c, "on", 1) != 0);
  reply(c, 0);
}

static void on_listen(const struct command *c) {
  reply(c, usrsctp_listen(peer_socket, number(c, "on", 1) ? 16 : 0) == 0 ? 0 : errno);
}

static const struct verb verbs[] = {
    {"connect", on_connect}, {"listen", on_listen},     {"send", on_send},     {"source", on_source},
    {"mode", on_mode},       {"expect", on_expect},     {"sink", on_sink},     {"pause", on_pause},
    {"status", on_status},   {"counters", on_counters}, {"primary", on_primary}, {"path", on_path},
    {"rto", on_rto},         {"shutdown", on_shutdown}, {"abort", on_abort},
    {"udp", on_udp},         {"bindx", on_bindx},     {"peer-primary", on_peer_primary},
    {NULL, NULL},
};

static const struct verb *const tables[] = {verbs, auth_verbs, interleaving_verbs, reliability_verbs, reset_verbs};

static const struct verb *find_verb(const char *name) {
  for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
    for (const struct verb *one = tables[i]; one->name != NULL; one++) {
      if (strcmp(one->name, name) == 0) return one;
    }
  }
  return NULL;
}

/* Splits the line where it stands. 0, or -1 where it is no command of ours. */
int run_command(char *line) {
  struct command c = {0};
  char *rest = NULL, *id = strtok_r(line, " \n", &rest), *verb = strtok_r(NULL, " \n", &rest);
  if (id == NULL || verb == NULL) return -1;
  c.id = strtol(id, NULL, 10);
  for (char *word = strtok_r(NULL, " \n", &rest); word != NULL; word = strtok_r(NULL, " \n", &rest)) {
    char *equals = strchr(word, '=');
    if (equals == NULL || c.count == MAX_ARGUMENTS) return -1;
    *equals = 0;
    c.names[c.count] = word;
    c.values[c.count++] = equals + 1;
  }
  const struct verb *found = find_verb(verb);
  if (found != NULL) {
    found->run(&c);
  } else {
    reply(&c, ENOSYS);
  }
  return 0;
}

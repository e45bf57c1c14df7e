/* Brings libusrsctp up: UDP port, local addresses, system-wide settings, the socket. */
#include "peer.h"

#include <dlfcn.h>
#include <errno.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

struct socket *peer_socket;

#define SYSCTL(name) {#name, usrsctp_sysctl_set_sctp_##name}
static const struct {
  const char *name;
  int (*set)(uint32_t);
} sysctls[] = {
    SYSCTL(ecn_enable),          SYSCTL(pr_enable),           SYSCTL(auth_enable),
    SYSCTL(asconf_enable),       SYSCTL(auto_asconf),         SYSCTL(reconfig_enable),
    SYSCTL(nrsack_enable),       SYSCTL(pktdrop_enable),      SYSCTL(no_csum_on_loopback),
    SYSCTL(peer_chunk_oh),       SYSCTL(max_burst_default),   SYSCTL(fr_max_burst_default),
    SYSCTL(max_chunks_on_queue), SYSCTL(min_split_point),     SYSCTL(delayed_sack_time_default),
    SYSCTL(sack_freq_default),   SYSCTL(heartbeat_interval_default),
    SYSCTL(pmtu_raise_time_default),                          SYSCTL(shutdown_guard_time_default),
    SYSCTL(secret_lifetime_default),                          SYSCTL(rto_max_default),
    SYSCTL(rto_min_default),     SYSCTL(rto_initial_default), SYSCTL(init_rto_max_default),
    SYSCTL(valid_cookie_life_default),                        SYSCTL(init_rtx_max_default),
    SYSCTL(assoc_rtx_max_default),                            SYSCTL(path_rtx_max_default),
    SYSCTL(path_pf_threshold),   SYSCTL(cmt_on_off),          SYSCTL(nat_friendly),
    SYSCTL(inits_include_nat_friendly),                       SYSCTL(default_frag_interleave),
    SYSCTL(enable_sack_immediately),                          SYSCTL(vtag_time_wait),
    SYSCTL(blackhole),           SYSCTL(default_cc_module),   SYSCTL(default_ss_module),
    SYSCTL(initial_cwnd),        SYSCTL(buffer_splitting),    SYSCTL(logging_level),
};

int set_sysctl(const char *name, uint32_t value) {
  for (size_t i = 0; i < sizeof sysctls / sizeof sysctls[0]; i++) {
    if (strcmp(sysctls[i].name, name) == 0) return sysctls[i].set(value);
  }
  return -1;
}

static int same_ip(const struct sockaddr *a, const struct sockaddr *b) {
  if (a == NULL || a->sa_family != b->sa_family) return 0;
  if (a->sa_family == AF_INET) {
    return ((const struct sockaddr_in *)a)->sin_addr.s_addr == ((const struct sockaddr_in *)b)->sin_addr.s_addr;
  }
  return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr, &((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
}

static int is_loopback_v4(const struct sockaddr *a) {
  return a->sa_family == AF_INET && ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr) >> 24 == 127;
}

/*
 * Takes the place of libc's getifaddrs for the library. It then knows the given local addresses and no others:
 * it refuses to bind what getifaddrs does not list, and Linux lists 127.0.0.1 alone although all of 127.0.0.0/8
 * is there. Addresses that are not this machine's stay unknown, and bindx fails on them.
 */
int getifaddrs(struct ifaddrs **into) {
  static struct ifaddrs entries[2 * MAX_ADDRESSES];
  int (*real)(struct ifaddrs **) = (int (*)(struct ifaddrs **))dlsym(RTLD_NEXT, "getifaddrs");
  struct ifaddrs *all = NULL;
  int used = 0;
  if (real == NULL || real(&all) != 0) return -1;
  for (int i = 0; i < options.local_count + options.spare_count; i++) {
    struct sockaddr *wanted = i < options.local_count ? &options.local[i].sa : &options.spare[i - options.local_count].sa;
    struct ifaddrs *found = all;
    while (found != NULL && !same_ip(found->ifa_addr, wanted)) found = found->ifa_next;
    if (found == NULL && !is_loopback_v4(wanted)) continue;
    memset(&entries[used], 0, sizeof entries[used]);
    entries[used].ifa_name = found != NULL ? found->ifa_name : (char *)"lo";
    entries[used].ifa_addr = wanted;
    if (used > 0) entries[used - 1].ifa_next = &entries[used];
    used++;
  }
  /* The names point into the real list, which stays for the life of the process. */
  *into = used > 0 ? entries : NULL;
  return 0;
}

void freeifaddrs(struct ifaddrs *list) { (void)list; }

/* The library opens its UDP sockets without telling whether it could: try the port first. */
static void probe_udp_port(int family) {
  address_t any = {0};
  const int on = 1;
  int probe = socket(family, SOCK_DGRAM, 0);
  if (probe < 0) return;
  any.sa.sa_family = (sa_family_t)family;
  if (family == AF_INET6) setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  any.v4.sin_port = htons(options.udp_port);
  if (bind(probe, &any.sa, address_length(&any.sa)) != 0) fail("bind of the UDP port", errno);
  close(probe);
}

/* The library offers no option for this, so its two sockets are found by their port. */
static void enlarge_udp_buffers(void) {
  for (int fd = 3; fd < 64 && options.udp_buffer > 0; fd++) {
    address_t name;
    int type = 0;
    socklen_t length = sizeof name, type_length = sizeof type;
    if (getsockname(fd, &name.sa, &length) != 0) continue;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length);
    if (type != SOCK_DGRAM || name.v4.sin_port != htons(options.udp_port)) continue;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options.udp_buffer, sizeof options.udp_buffer);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &options.udp_buffer, sizeof options.udp_buffer);
  }
}

static void set_option(int level, int name, const void *value, socklen_t length, const char *call) {
  if (usrsctp_setsockopt(peer_socket, level, name, value, length) != 0) fail(call, errno);
}

static void subscribe(void) {
  static const uint16_t types[] = {
      SCTP_ASSOC_CHANGE,   SCTP_PEER_ADDR_CHANGE,     SCTP_REMOTE_ERROR,
      SCTP_SHUTDOWN_EVENT, SCTP_SEND_FAILED_EVENT,    SCTP_PARTIAL_DELIVERY_EVENT,
      SCTP_STREAM_RESET_EVENT, SCTP_ASSOC_RESET_EVENT, SCTP_STREAM_CHANGE_EVENT,
      SCTP_AUTHENTICATION_EVENT,
  };
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    struct sctp_event event = {.se_assoc_id = SCTP_FUTURE_ASSOC, .se_type = types[i], .se_on = 1};
    set_option(IPPROTO_SCTP, SCTP_EVENT, &event, sizeof event, "SCTP_EVENT");
  }
}

static void bind_addresses(void) {
  uint8_t packed[MAX_ADDRESSES * sizeof(address_t)];
  pack_addresses(options.local, options.local_count, packed);
  if (usrsctp_bindx(peer_socket, (struct sockaddr *)packed, options.local_count, SCTP_BINDX_ADD_ADDR) != 0) {
    fail("usrsctp_bindx", errno);
  }
}

static int any_v6(void) {
  for (int i = 0; i < options.local_count; i++) {
    if (options.local[i].sa.sa_family == AF_INET6) return 1;
  }
  return 0;
}

void stack_open(void) {
  const int on = 1;
  struct sctp_initmsg init = {.sinit_num_ostreams = options.out_streams, .sinit_max_instreams = options.in_streams};
  int family = any_v6() ? AF_INET6 : AF_INET;
  peer_socket = usrsctp_socket(family, SOCK_SEQPACKET, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  if (peer_socket == NULL) fail("usrsctp_socket", errno);
  set_option(SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof(int), "SO_RCVBUF");
  set_option(SOL_SOCKET, SO_SNDBUF, &options.send_buffer, sizeof(int), "SO_SNDBUF");
  set_option(IPPROTO_SCTP, SCTP_INITMSG, &init, sizeof init, "SCTP_INITMSG");
  set_option(IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on, "SCTP_NODELAY");
  set_option(IPPROTO_SCTP, SCTP_RECVRCVINFO, &on, sizeof on, "SCTP_RECVRCVINFO");
  subscribe();
  bind_addresses();
  enlarge_udp_buffers();
  if (options.listen && usrsctp_listen(peer_socket, 16) != 0) fail("usrsctp_listen", errno);
}

/* Before any other call of the library, the settings included: it resets them as it comes up. */
void stack_init(void) {
  probe_udp_port(AF_INET);
  probe_udp_port(AF_INET6);
  usrsctp_init(options.udp_port, NULL, NULL);
  /* On by default, and about features that a plain RFC 9260 peer does not have; --sysctl turns them on again. */
  set_sysctl("auth_enable", 0);
  set_sysctl("asconf_enable", 0);
  set_sysctl("ecn_enable", 0);
  set_sysctl("nrsack_enable", 0);
  set_sysctl("pktdrop_enable", 0);
  /* Otherwise packets between equal addresses carry no checksum, and none is verified. */
  set_sysctl("no_csum_on_loopback", 0);
}

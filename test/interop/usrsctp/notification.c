/* The library's notifications (RFC 6458 §6.1) as events. Called by the receiving thread. */
#include "peer.h"

/* Enough of an ABORT or ERROR chunk to see its causes. */
#define SHOWN_BYTES 256

static const char *name_of(const char *const *names, size_t count, uint32_t value) {
  return value < count && names[value] != NULL ? names[value] : "UNKNOWN";
}
#define NAME(names, value) name_of(names, sizeof names / sizeof names[0], value)

static const char *shown(const uint8_t *bytes, size_t all, size_t header, char into[2 * SHOWN_BYTES + 1]) {
  size_t length = all > header ? all - header : 0;
  return hex(bytes, length < SHOWN_BYTES ? length : SHOWN_BYTES, into);
}

static void on_association_change(const struct sctp_assoc_change *change) {
  static const char *const states[] = {[SCTP_COMM_UP] = "COMM_UP",
                                       [SCTP_COMM_LOST] = "COMM_LOST",
                                       [SCTP_RESTART] = "RESTART",
                                       [SCTP_SHUTDOWN_COMP] = "SHUTDOWN_COMP",
                                       [SCTP_CANT_STR_ASSOC] = "CANT_STR_ASSOC"};
  char info[2 * SHOWN_BYTES + 1];
  if (change->sac_state == SCTP_COMM_UP || change->sac_state == SCTP_RESTART) current_association = change->sac_assoc_id;
  if (change->sac_state != SCTP_COMM_UP) {
    forget_partials(change->sac_assoc_id);
    source_ended(change->sac_assoc_id);
  }
  /* The info of COMM_UP and RESTART is the list of supported features; of the losses, the peer's ABORT chunk. */
  emit("\"event\":\"assoc\",\"assoc\":%u,\"state\":\"%s\",\"error\":%u,\"in\":%u,\"out\":%u,\"info\":\"%s\"",
       change->sac_assoc_id, NAME(states, change->sac_state), change->sac_error, change->sac_inbound_streams,
       change->sac_outbound_streams, shown(change->sac_info, change->sac_length, sizeof *change, info));
}

static void on_address_change(const struct sctp_paddr_change *change) {
  static const char *const states[] = {[SCTP_ADDR_AVAILABLE] = "AVAILABLE", [SCTP_ADDR_UNREACHABLE] = "UNREACHABLE",
                                       [SCTP_ADDR_REMOVED] = "REMOVED",     [SCTP_ADDR_ADDED] = "ADDED",
                                       [SCTP_ADDR_MADE_PRIM] = "MADE_PRIM", [SCTP_ADDR_CONFIRMED] = "CONFIRMED"};
  char text[INET6_ADDRSTRLEN];
  emit("\"event\":\"path\",\"assoc\":%u,\"address\":\"%s\",\"state\":\"%s\",\"error\":%u", change->spc_assoc_id,
       address_text((const struct sockaddr *)&change->spc_aaddr, text, sizeof text), NAME(states, change->spc_state),
       change->spc_error);
}

static void on_remote_error(const struct sctp_remote_error *error) {
  char data[2 * SHOWN_BYTES + 1];
  emit("\"event\":\"remote-error\",\"assoc\":%u,\"cause\":%u,\"chunk\":\"%s\"", error->sre_assoc_id, error->sre_error,
       shown(error->sre_data, error->sre_length, sizeof *error, data));
}

static void on_send_failed(const struct sctp_send_failed_event *failed) {
  emit("\"event\":\"send-failed\",\"assoc\":%u,\"stream\":%u,\"ppid\":%u,\"length\":%u,\"sent\":%s,\"error\":%u",
       failed->ssfe_assoc_id, failed->ssfe_info.snd_sid, ntohl(failed->ssfe_info.snd_ppid),
       failed->ssfe_length - (uint32_t)sizeof *failed, failed->ssfe_flags & SCTP_DATA_SENT ? "true" : "false",
       failed->ssfe_error);
}

static void on_partial_delivery(const struct sctp_pdapi_event *event) {
  forget_partials(event->pdapi_assoc_id);
  emit("\"event\":\"partial-aborted\",\"assoc\":%u,\"stream\":%u,\"ssn\":%u", event->pdapi_assoc_id,
       event->pdapi_stream, event->pdapi_seq);
}

void on_notification(const void *bytes, size_t length) {
  const union sctp_notification *n = bytes;
  if (length < sizeof n->sn_header) return;
  switch (n->sn_header.sn_type) {
    case SCTP_ASSOC_CHANGE:
      on_association_change(&n->sn_assoc_change);
      break;
    case SCTP_PEER_ADDR_CHANGE:
      on_address_change(&n->sn_paddr_change);
      break;
    case SCTP_REMOTE_ERROR:
      on_remote_error(&n->sn_remote_error);
      break;
    case SCTP_SEND_FAILED_EVENT:
      on_send_failed(&n->sn_send_failed_event);
      break;
    case SCTP_SHUTDOWN_EVENT:
      emit("\"event\":\"shutdown\",\"assoc\":%u", n->sn_shutdown_event.sse_assoc_id);
      break;
    case SCTP_PARTIAL_DELIVERY_EVENT:
      on_partial_delivery((const struct sctp_pdapi_event *)n);
      break;
    case SCTP_SENDER_DRY_EVENT:
      source_dry(n->sn_sender_dry_event.sender_dry_assoc_id);
      break;
    case SCTP_STREAM_RESET_EVENT:
      on_stream_reset(&n->sn_strreset_event);
      break;
    case SCTP_ASSOC_RESET_EVENT:
      on_association_reset(&n->sn_assocreset_event);
      break;
    case SCTP_STREAM_CHANGE_EVENT:
      on_stream_change(&n->sn_strchange_event);
      break;
    case SCTP_AUTHENTICATION_EVENT:
      on_authentication(&n->sn_auth_event);
      break;
    default:
      emit("\"event\":\"notification\",\"type\":%u", n->sn_header.sn_type);
  }
}

"""Why a datagram, packet or message was not used: the label set of `dropped_total{reason}`."""

from collections import Counter
from enum import StrEnum


class DropReason(StrEnum):
    """Every reason there is; tests assert on these, and the metric's labels are bounded by them."""

    # the datagram
    DEMUX_UNKNOWN = "demux_unknown"  # first byte belongs to no protocol (RFC 7983)
    DATAGRAM_TOO_LARGE = "datagram_too_large"
    DATAGRAM_EMPTY = "datagram_empty"
    ADDRESS_UNKNOWN = "address_unknown"  # no peer has validated this address
    FRAMING = "framing"  # RFC 4571 length or first message wrong

    # STUN and ICE
    STUN_MALFORMED = "stun_malformed"
    STUN_INTEGRITY = "stun_integrity"  # missing or wrong MESSAGE-INTEGRITY
    STUN_FINGERPRINT = "stun_fingerprint"
    STUN_USERNAME = "stun_username"
    STUN_UNEXPECTED = "stun_unexpected"
    ICE_TOO_MANY_PATHS = "ice_too_many_paths"

    # DTLS
    DTLS_UNVALIDATED = "dtls_unvalidated"  # before STUN validated the address
    DTLS_MALFORMED = "dtls_malformed"
    DTLS_FINGERPRINT = "dtls_fingerprint"
    DTLS_NOT_CONNECTED = "dtls_not_connected"

    # SRTP
    SRTP_NOT_READY = "srtp_not_ready"
    SRTP_AUTH = "srtp_auth"
    SRTP_REPLAY = "srtp_replay"
    SRTP_TOO_OLD = "srtp_too_old"
    SRTP_SHORT = "srtp_short"
    SRTP_TOO_MANY_SSRCS = "srtp_too_many_ssrcs"

    # RTP and RTCP
    RTP_MALFORMED = "rtp_malformed"
    RTP_UNKNOWN_SSRC = "rtp_unknown_ssrc"
    RTP_UNKNOWN_PAYLOAD_TYPE = "rtp_unknown_payload_type"
    RTP_DUPLICATE = "rtp_duplicate"
    RTP_PADDING = "rtp_padding"  # padding only: a probe, counted in feedback, not forwarded
    RTP_MUTED = "rtp_muted"
    RTP_PAYLOAD_MALFORMED = "rtp_payload_malformed"
    RTX_MALFORMED = "rtx_malformed"
    RTX_UNKNOWN = "rtx_unknown"
    RTCP_MALFORMED = "rtcp_malformed"
    RTCP_UNKNOWN = "rtcp_unknown"
    RTCP_FLOOD = "rtcp_flood"  # more of it than any client has to say
    FEEDBACK_UNUSABLE = "feedback_unusable"  # on packets not sent, or reported before

    # forwarding
    SLOT_STRAGGLER = "slot_straggler"  # late packet from before a switch
    SLOT_LATE = "slot_late"  # its number is out of the window in which it could still be mapped
    OUTBOX_AGE = "outbox_age"
    REPAIR_BUDGET = "repair_budget"  # more was reported lost than may be sent again now
    SEND_ERROR = "send_error"

    # data channels
    SCTP_MALFORMED = "sctp_malformed"
    SCTP_UNEXPECTED = "sctp_unexpected"  # of no association, or of another state of it
    SCTP_WINDOW = "sctp_window"  # more ahead of a gap than we said we would keep
    SCTP_CHANNEL = "sctp_channel"  # an OPEN that opens nothing, data on a channel that is none
    SCTP_TEXT = "sctp_text"  # text that is no UTF-8
    DATA_TOO_LARGE = "data_too_large"
    DATA_SUPERSEDED = "data_superseded"  # a live message that a newer one replaced before it left
    DATA_AGE = "data_age"  # waited too long for a slow reader

    # signaling
    SDP_REFUSED = "sdp_refused"
    SIGNALING_MALFORMED = "signaling_malformed"


class Drops(Counter[DropReason]):
    """How often each reason occurred; the core counts here, the metrics read it at scrape."""

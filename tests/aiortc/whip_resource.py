"""A WHIP or WHEP resource (RFC 9725), spoken to with the standard library alone.

Owns the HTTP side of the scripts beside it: the offer goes out, the answer comes back, DELETE
ends it. Never touches media.
"""

import asyncio
import sys
import urllib.error
import urllib.parse
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription, rtcdtlstransport


def _ask(method, url, headers=None, body=None):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.headers, response.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read().decode()


class Resource:
    """What the server made of an offer."""

    def __init__(self, server, location):
        self.url = urllib.parse.urljoin(server, location)

    @staticmethod
    async def open(peer: RTCPeerConnection, server, protocol, room, name, token=None, passive=False):
        """Offers what `peer` has; afterwards `peer` has the answer. Ends the script if refused.

        `passive`: the server is to be the client of DTLS.
        """
        await peer.setLocalDescription(await peer.createOffer())
        url = f"{server}/{protocol}/{urllib.parse.quote(room)}"
        headers = {"Content-Type": "application/sdp"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        else:
            url += "?name=" + urllib.parse.quote(name)
        offer = peer.localDescription.sdp
        if passive:
            offer = offer.replace("a=setup:actpass", "a=setup:passive")
        offer = offer.encode()
        status, headers, body = await asyncio.to_thread(_ask, "POST", url, headers, offer)
        if status != 201:
            sys.exit(f"{url}: {status} {body}")
        if headers["Content-Type"] != "application/sdp" or not headers["Location"]:
            sys.exit(f"{url}: 201 without SDP or Location: {dict(headers)}")
        await peer.setRemoteDescription(RTCSessionDescription(sdp=body, type="answer"))
        return Resource(server, headers["Location"])

    async def close(self):
        status, _, body = await asyncio.to_thread(_ask, "DELETE", self.url)
        if status not in (200, 204):
            sys.exit(f"DELETE {self.url}: {status} {body}")


def offer_profile(name):
    """Leaves one SRTP profile to offer, by what OpenSSL calls it. Before the peer is made."""
    profiles = rtcdtlstransport.SRTP_PROFILES
    profiles[:] = [one for one in profiles if one.openssl_profile.decode() == name]
    if not profiles:
        sys.exit(f"{name} is not spoken here")


async def connected(peer: RTCPeerConnection, seconds=15):
    """Waits until media can flow. Ends the script if it cannot."""
    settled = asyncio.Event()

    @peer.on("connectionstatechange")
    def changed():
        if peer.connectionState in ("connected", "failed", "closed"):
            settled.set()

    changed()
    try:
        await asyncio.wait_for(settled.wait(), seconds)
    except asyncio.TimeoutError:
        pass
    if peer.connectionState != "connected":
        sys.exit(f"not connected after {seconds} s: {peer.connectionState}")


def negotiated(peer: RTCPeerConnection):
    """DTLS version and SRTP profile, from the library's own DTLS state."""
    transceiver = peer.getTransceivers()[0]
    dtls = transceiver.sender.transport or transceiver.receiver.transport
    tls = getattr(dtls, "_ssl", None)
    if tls is None:
        return "DTLS ? SRTP ?"
    version = tls.get_protocol_version_name()
    return f"{version} {tls.get_selected_srtp_profile().decode()}"

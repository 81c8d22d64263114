"""How schemathesis writes bodies that are neither JSON nor bytes: as what they are."""

import schemathesis

for media_type in (
    "application/sdp",
    "application/trickle-ice-sdpfrag",
    "audio/mp4",
    "audio/ogg",
    "audio/webm",
):

    @schemathesis.serializer(media_type)
    def as_it_is(ctx, value):
        return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")

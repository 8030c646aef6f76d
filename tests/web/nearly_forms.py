"""Nearly what a browser sends with a form."""

from hypothesis import strategies as st

HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
KINDS = (
    st.just("application/x-www-form-urlencoded")
    | st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded; charset=nobody-knows",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=x; charset=utf-7",
            "multipart/form-data",
            "multipart/form-data; boundary=" + "x" * 300,
            "application/json",
            "",
        ]
    )
    | HEADER
)
BYTES = st.binary(max_size=200)
PART = b"Content-Disposition: form-data"


@st.composite
def parts(draw: st.DrawFn) -> bytes:
    """Nearly a form in parts, with the boundary x."""
    body = b""
    for _ in range(draw(st.integers(0, 4))):
        head = draw(
            st.sampled_from(
                [
                    PART + b'; name="title"',
                    PART + b'; name="content"; filename="a.txt"',
                    PART + b"; name*=utf-8''body",
                    PART + b'; name="body"\r\nContent-Transfer-Encoding: base64',
                    b"",
                ]
            )
            | BYTES
        )
        body += (
            b"--x\r\n" + head + b"\r\n\r\n" + draw(BYTES) + draw(st.sampled_from([b"\r\n", b""]))
        )
    return body + draw(st.sampled_from([b"--x--\r\n", b"--x--", b"--x", b""]))


@st.composite
def fields(draw: st.DrawFn) -> bytes:
    """Nearly a form's fields."""
    pair = st.builds(
        lambda name, text: name + b"=" + text,
        st.sampled_from([b"title", b"body", b"content", b"author", b"csrfmiddlewaretoken"]) | BYTES,
        BYTES | st.sampled_from([b"A+word", b"%00", b"%ff", b"%u1234", b"%"]),
    )
    sound = st.sampled_from([b"title=A&body=word", b"content=A+word"])
    return b"&".join(draw(st.lists(pair | sound, max_size=5)))


NAMES = ["COOKIE", "HOST", "REFERER", "ORIGIN", "ACCEPT", "X_CORRELATION_ID", "AUTHORIZATION"]
NAMES += ["X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_CSRFTOKEN", "CONTENT_ENCODING", "RANGE"]
COOKIES = st.sampled_from(["sessionid", "csrftoken", "own_comments", "messages", ""])
COOKIE = st.builds("{}={}; {}={}".format, COOKIES, HEADER, COOKIES, HEADER)

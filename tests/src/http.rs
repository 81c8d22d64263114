//! HTTP/1.1 spoken byte by byte: one request, one response.
//!
//! Owns the response as it came. Never follows, retries or keeps a connection.

use std::{collections::HashMap, io};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A response.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Reply {
    /// The response to a request. `headers` are whole lines; `Host` and `Content-Length` are added.
    ///
    /// # Errors
    /// The connection ends before the response is whole.
    pub async fn to(
        socket: &mut TcpStream,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> io::Result<Self> {
        let host = socket.peer_addr()?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        socket.write_all(head.as_bytes()).await?;
        // The server may refuse before it has read everything.
        let _ = socket.write_all(body).await;
        Self::read(socket).await
    }

    /// The next response on `socket`.
    ///
    /// # Errors
    /// The connection ends before the response is whole.
    pub async fn read(socket: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            more(socket, &mut bytes).await?;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut body = bytes.split_off(end + 4);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let headers: HashMap<_, _> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.get("content-length").and_then(|length| length.parse().ok());
        while body.len() < length.unwrap_or(0) {
            more(socket, &mut body).await?;
        }
        Ok(Self { status, headers, body })
    }

    /// A header, by its name in small letters; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body; empty if it is not text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }
}

async fn more(socket: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<()> {
    match socket.read_buf(bytes).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

//! Somebody at a WebSocket of the program, who says what the test says.

use futures_util::{SinkExt, StreamExt};
use hearth_tests::Server;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{ClientRequestBuilder, Message},
};

pub(crate) struct Person {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_id: u32,
    pub(crate) welcome: Value,
}

impl Person {
    pub(crate) async fn new(server: &Server, name: &str) -> Self {
        let request = ClientRequestBuilder::new(server.ws().parse().unwrap())
            .with_header("Origin", format!("http://{}", server.http()));
        let (socket, _) = connect_async(request).await.unwrap();
        let mut person = Self { socket, last_id: 0, welcome: Value::Null };
        let hello = json!({ "type": "hello", "protocol": 1, "name": name });
        person.welcome = person.ask(hello).await;
        assert_eq!(person.welcome["type"], "hello", "{}", person.welcome);
        person
    }

    pub(crate) async fn ask(&mut self, mut request: Value) -> Value {
        self.last_id += 1;
        request["id"] = self.last_id.into();
        self.socket.send(Message::text(request.to_string())).await.unwrap();
        loop {
            let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.last_id {
                return answer;
            }
        }
    }

    pub(crate) fn token(&self) -> &str {
        self.welcome["token"].as_str().unwrap()
    }
}

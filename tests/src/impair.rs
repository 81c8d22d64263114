//! The impaired network for tests outside this process: one UDP and one TCP path to a server.
//!
//! Prints where the paths begin, then does what standard input says, one order a line, and prints
//! `done` after each. Ends with its input.

use std::{error::Error, io::Write, time::Duration};

use hearth_tests::{Impairment, TcpProxy, UdpProxy};
use tokio::io::{AsyncBufReadExt, BufReader};

/// `lead ADDRESS`, `udp cut|deafen|heal|change`, `udp loss CHANCE`, `udp delay MS JITTER_MS`,
/// `tcp cut|heal`.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let udp = UdpProxy::bind(1).await?;
    let tcp = TcpProxy::bind().await?;
    say(&format!("{} {}", udp.address(), tcp.address()))?;
    let mut orders = BufReader::new(tokio::io::stdin()).lines();
    while let Some(order) = orders.next_line().await? {
        let words: Vec<&str> = order.split_whitespace().collect();
        match words[..] {
            ["lead", address] => {
                udp.lead_to(address.parse()?);
                tcp.lead_to(address.parse()?);
            }
            ["udp", "cut"] => udp.cut(true),
            ["udp", "deafen"] => udp.deafen(true),
            ["udp", "heal"] => {
                udp.cut(false);
                udp.deafen(false);
                udp.impair(Impairment::default());
            }
            ["udp", "change"] => udp.change_addresses(),
            ["udp", "loss", chance] => udp.impair(Impairment::loss(chance.parse()?)),
            ["udp", "delay", delay, jitter] => udp.impair(Impairment {
                delay: Duration::from_millis(delay.parse()?),
                jitter: Duration::from_millis(jitter.parse()?),
                ..Impairment::default()
            }),
            ["tcp", "cut"] => tcp.cut(true),
            ["tcp", "heal"] => tcp.cut(false),
            _ => return Err(format!("what is \"{order}\"?").into()),
        }
        say("done")?;
    }
    Ok(())
}

fn say(line: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

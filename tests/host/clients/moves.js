// SPDX-FileCopyrightText: 2026 The Ringside authors
// SPDX-License-Identifier: ISC

// npm's osc: a set, a bundle half a second ahead, and a question.
// The port of the bridge is the only argument.

const osc = require("osc");

const port = new osc.UDPPort({
  localAddress: "127.0.0.1",
  localPort: 0,
  remoteAddress: "127.0.0.1",
  remotePort: Number(process.argv[2]),
  metadata: true,
});

port.on("message", (message) => {
  if (message.address === "/strip/low_gain") {
    console.log("answer " + message.args[0].value);
    process.exit(0);
  }
});

port.on("ready", () => {
  port.send({ address: "/strip/low_gain", args: [{ type: "f", value: 4.5 }] });
  port.send({
    timeTag: osc.timeTag(0.5),
    packets: [
      { address: "/strip/mute", args: [{ type: "T" }] },
      { address: "/strip/pan", args: [{ type: "d", value: -0.5 }] },
    ],
  });
  port.send({ address: "/strip/low_gain" });
});

setTimeout(() => process.exit(1), 15000);
port.open();

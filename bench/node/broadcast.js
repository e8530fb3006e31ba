// The broadcast of the documentation of `ws`: each message goes to everyone but its sender.
//
//   node broadcast.js [PORT [BATCH]]
//
// With BATCH, a client's socket gathers what so many messages send to it, or one turn of the event
// loop, and writes that at once. Without PORT this only loads its library.
'use strict';

const { WebSocket, WebSocketServer } = require('ws');

function serve(port, batch) {
  const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false });
  const sockets = new Set();
  const beforeEach = batch ? gatherer(sockets, batch) : () => {};
  server.on('connection', (speaker, { socket }) => {
    sockets.add(socket);
    speaker.on('close', () => sockets.delete(socket));
    speaker.on('error', console.error);
    speaker.on('message', (body, isBinary) => {
      beforeEach();
      for (const client of server.clients) {
        if (client !== speaker && client.readyState === WebSocket.OPEN) {
          client.send(body, { binary: isBinary });
        }
      }
    });
  });
}

// What to do before each message, so that sockets write after a batch of them.
function gatherer(sockets, batch) {
  let gathered = 0;
  const release = () => {
    gathered = 0;
    sockets.forEach((socket) => socket.uncork());
  };
  return () => {
    if (gathered === batch) {
      release();
    }
    if (gathered === 0) {
      sockets.forEach((socket) => socket.cork());
      setImmediate(release);
    }
    gathered += 1;
  };
}

const [port, batch] = process.argv.slice(2);
if (port !== undefined) {
  serve(Number(port), Number(batch));
}

import { afterEach, describe, expect, test, vi } from "vitest";
import { UdpTransport } from "../../src/datagram/udp.ts";
import { type Surroundings, UdpDriver } from "../../src/driver/udp-driver.ts";
import { Inbox, ip, openHandles, rejection, sendText, untilReleased } from "../datagram/support.ts";
import {
  blockEventLoop,
  FakeStack,
  FakeTransport,
  fakeEndpoint,
  fakeEvent,
  type Packet,
  routeEvent,
  turns,
} from "./support.ts";

const A = ip("127.0.0.1");
const B = ip("127.0.0.2");
const C = ip("127.0.0.3");

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

function onFake(transport: FakeTransport = new FakeTransport(A, B)): {
  driver: UdpDriver<FakeStack>;
  stack: FakeStack;
  transport: FakeTransport;
} {
  const driver = new UdpDriver({ transport, createStack: () => new FakeStack() });
  opened.push(driver);
  return { driver, stack: driver.stack, transport };
}

async function onSockets(): Promise<{
  driver: UdpDriver<FakeStack>;
  stack: FakeStack;
  peer: UdpTransport;
  inbox: Inbox;
}> {
  const transport = await UdpTransport.open({ port: 0, addresses: [A, B] });
  const driver = new UdpDriver({ transport, createStack: () => new FakeStack() });
  const peer = await UdpTransport.open({ port: 0, addresses: [C] });
  const inbox = new Inbox();
  peer.start(inbox);
  opened.push(driver, peer);
  return { driver, stack: driver.stack, peer, inbox };
}

function packet(text: string, source = A, port = 9): Packet {
  return { bytes: new TextEncoder().encode(text), source, destination: C, port };
}

function packets(count: number, source = A): Packet[] {
  return Array.from({ length: count }, (_, i) => packet(`packet ${i}`, source));
}

function receive(transport: FakeTransport, count = 1): void {
  for (let i = 0; i < count; i++) transport.receiver?.onDatagram(new Uint8Array(1), C, 9899, A);
}

describe("the surroundings of a stack", () => {
  test("name the addresses, the link MTUs, this machine and half of what a socket holds", () => {
    let surroundings: Surroundings | undefined;
    const stack = new FakeStack();
    const driver = new UdpDriver({
      transport: new FakeTransport(A, B),
      createStack(given) {
        surroundings = given;
        return stack;
      },
    });
    opened.push(driver);
    expect(stack.addresses).toEqual([A, B]);
    expect(surroundings?.localWindowLimit).toBe(50_000);
    expect(surroundings?.linkMtu(A)).toBe(1_500);
    expect(surroundings?.isOwnAddress(ip("127.3.2.1"))).toBe(true);
    expect(surroundings?.isOwnAddress(ip("192.0.2.77"))).toBe(false);
    expect(surroundings?.environment.randomBytes(8)).toHaveLength(8);
  });

  test("§3.4 follow the addresses that come and go", async () => {
    const { driver, stack } = await onSockets();
    await driver.bind([C, ip("127.0.0.4")]);
    expect(stack.addresses).toEqual([A, B, C, ip("127.0.0.4")]);
    await driver.unbind([A, C]);
    expect(stack.addresses).toEqual([B, ip("127.0.0.4")]);
    expect(driver.addresses).toEqual([B, ip("127.0.0.4")]);
  });

  test("cannot change where the transport's addresses are fixed", async () => {
    const { driver } = onFake();
    expect((await rejection(driver.bind([C]))).code).toBe("ERR_SCTP_INVALID_STATE");
    expect((await rejection(driver.unbind([A]))).code).toBe("ERR_SCTP_INVALID_STATE");
  });
});

describe("receiving", () => {
  test("§3.9 a datagram reaches the stack with both addresses, and the answer leaves from where it came to", async () => {
    const { driver, stack, peer, inbox } = await onSockets();
    stack.onDatagram = (datagram) => {
      stack.outgoing.push({
        bytes: datagram.bytes,
        source: datagram.destination,
        destination: datagram.source,
        port: datagram.sourcePort,
      });
    };
    for (const destination of [B, A]) {
      await sendText(peer, { text: "ping", source: C, destination, port: driver.udpPort });
      expect(await inbox.next()).toEqual({
        text: "ping",
        source: destination,
        sourcePort: driver.udpPort,
        destination: C,
      });
    }
  });

  test("one round of sending follows a whole drain", async () => {
    const { stack, transport } = onFake();
    stack.onDatagram = () => {
      stack.outgoing.push(packet("answer"));
    };
    receive(transport, 5);
    expect(transport.sent).toHaveLength(0);
    await turns(1);
    expect(stack.log).toEqual([...Array(5).fill("datagram"), ...Array(5).fill("transmit")]);
  });

  test("an urgent packet leaves before the drain ends", () => {
    const { stack, transport } = onFake();
    stack.onDatagram = () => {
      stack.transmitUrgent = stack.received.length % 2 === 0;
      if (stack.transmitUrgent) stack.outgoing.push(packet("SACK"));
    };
    receive(transport, 4);
    expect(stack.log).toEqual(["datagram", "datagram", "transmit", "datagram", "datagram", "transmit"]);
  });

  test("a drain that does not end is interrupted by a batch", () => {
    const { stack, transport } = onFake();
    stack.outgoing.push(...packets(100));
    receive(transport, 63);
    expect(transport.sent).toHaveLength(0);
    receive(transport, 1);
    expect(transport.sent).toHaveLength(32);
  });

  test("a transport that delivers while we send does not make us send inside sending", async () => {
    const transport = new FakeTransport(A);
    const { stack } = onFake(transport);
    stack.transmitUrgent = true;
    let depth = 0;
    let deepest = 0;
    transport.send = (_bytes, _source, _destination, _port, done) => {
      deepest = Math.max(deepest, ++depth);
      if (stack.received.length < 10) receive(transport);
      depth--;
      done(null);
    };
    stack.onDatagram = () => {
      stack.outgoing.push(packet("answer"));
    };
    receive(transport);
    await turns(20);
    expect(stack.received).toHaveLength(10);
    expect(deepest).toBe(1);
  });
});

describe("sending", () => {
  test("wake is coalesced, and sends a batch of 32 a turn", async () => {
    const { driver, stack, transport } = onFake();
    stack.outgoing.push(...packets(50));
    for (let i = 0; i < 10; i++) driver.wake();
    expect(transport.sent).toHaveLength(0);
    await turns(1);
    expect(transport.sent).toHaveLength(32);
    await turns(1);
    expect(transport.sent).toHaveLength(50);
  });

  test("a buffer is used again only after its callback", async () => {
    const { driver, stack, transport } = onFake();
    stack.outgoing.push(packet("one"), packet("two"));
    driver.wake();
    await turns(1);
    const [one, two] = transport.sent.splice(0);
    expect(one?.bytes.buffer).not.toBe(two?.bytes.buffer);
    expect(new TextDecoder().decode(one?.bytes)).toBe("one");
    one?.done(null);
    stack.outgoing.push(packet("three"));
    driver.wake();
    await turns(1);
    expect(transport.sent[0]?.bytes.buffer).toBe(one?.bytes.buffer);
    expect(new TextDecoder().decode(two?.bytes)).toBe("two");
  });

  test("a callback that comes twice frees its buffer once", async () => {
    const { driver, stack, transport } = onFake();
    stack.outgoing.push(packet("one"));
    driver.wake();
    await turns(1);
    transport.sent[0]?.done(null);
    transport.sent[0]?.done(null);
    stack.outgoing.push(packet("two"), packet("three"));
    driver.wake();
    await turns(1);
    expect(transport.sent[1]?.bytes.buffer).not.toBe(transport.sent[2]?.bytes.buffer);
  });

  test("buffers grow with the longest packet", async () => {
    const { driver, stack, transport } = onFake();
    stack.outgoing.push(packet("short"));
    driver.wake();
    await turns(1);
    transport.sent[0]?.done(null);
    stack.packetLimit = 65_000;
    stack.outgoing.push(packet("again"));
    driver.wake();
    await turns(1);
    expect(new TextDecoder().decode(transport.sent[1]?.bytes)).toBe("again");
    stack.outgoing.push({ ...packet(""), bytes: new Uint8Array(65_000).fill(7) });
    driver.wake();
    await turns(1);
    expect(transport.sent[2]?.bytes).toEqual(new Uint8Array(65_000).fill(7));
  });

  test("a source with 64 on their way is blocked until half are out, and blocks no other", async () => {
    const { driver, stack, transport } = onFake();
    stack.outgoing.push(...packets(100, A), ...packets(10, B));
    driver.wake();
    await turns(5);
    expect(transport.sent.filter((sent) => sent.source === A)).toHaveLength(64);
    expect(transport.sent.filter((sent) => sent.source === B)).toHaveLength(10);
    expect([...stack.blocked]).toEqual([A]);
    const waiting = transport.sent.filter((sent) => sent.source === A);
    for (const sent of waiting.slice(0, 31)) sent.done(null);
    expect([...stack.blocked]).toEqual([A]);
    waiting[31]?.done(null);
    expect([...stack.blocked]).toEqual([]);
    await turns(5);
    expect(transport.sent.filter((sent) => sent.source === A)).toHaveLength(96);
  });

  test("a late error names the association, destination, source, size and code", async () => {
    const { driver, stack, transport } = onFake();
    stack.outgoing.push(packet("12345", B));
    driver.wake();
    await turns(1);
    transport.sent[0]?.done(Object.assign(new Error("too long"), { code: "EMSGSIZE" }));
    expect(stack.errors).toEqual([
      { association: undefined, source: B, destination: C, size: 5, code: "EMSGSIZE" },
    ]);
    expect(driver.statistics.sendErrors).toBe(1);
  });

  test("the system's own refusal arrives like that too", async () => {
    const { driver, stack } = await onSockets();
    stack.outgoing.push({ ...packet("x"), destination: ip("192.0.2.77") });
    driver.wake();
    await vi.waitFor(() => expect(stack.errors).toHaveLength(1));
    // Linux: a socket on loopback cannot send elsewhere.
    expect(stack.errors[0]).toMatchObject({ source: A, destination: "192.0.2.77" });
  });
});

describe("events", () => {
  test("go to the listener of their endpoint, in order, before the packets that they cause", async () => {
    const { driver, stack, transport } = onFake();
    const [one, two] = [fakeEndpoint(), fakeEndpoint()];
    const heard: string[] = [];
    driver.attach(one, (event) => heard.push(`one ${event.type}`));
    driver.attach(two, (event) => {
      heard.push(`two ${event.type}`);
      stack.outgoing.push(packet("reply"));
    });
    stack.events.push(fakeEvent("established", one), fakeEvent("readable", two), fakeEvent("drain", one));
    await turns(1);
    expect(heard).toEqual(["one established", "two readable", "one drain"]);
    expect(transport.sent).toHaveLength(1);
    driver.detach(two);
    stack.events.push(fakeEvent("readable", two));
    driver.wake();
    await turns(1);
    expect(heard).toHaveLength(3);
  });

  test("a listener that throws loses neither later events nor packets", async () => {
    const { driver, stack, transport } = onFake();
    const endpoint = fakeEndpoint();
    const heard: string[] = [];
    driver.attach(endpoint, (event) => {
      heard.push(event.type);
      if (event.type === "established") throw new Error("of the application");
    });
    stack.events.push(fakeEvent("established", endpoint), fakeEvent("readable", endpoint));
    stack.outgoing.push(packet("x"));
    const thrown = new Promise<Error>((resolve) => {
      const others = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException");
      process.once("uncaughtException", (error) => {
        for (const other of others) process.on("uncaughtException", other);
        resolve(error);
      });
    });
    expect((await thrown).message).toBe("of the application");
    await turns(2);
    expect(heard).toEqual(["established", "readable"]);
    expect(transport.sent).toHaveLength(1);
  });

  test("without end do not keep the packets waiting", async () => {
    const { driver, stack, transport } = onFake();
    const endpoint = fakeEndpoint();
    let heard = 0;
    driver.attach(endpoint, (event) => {
      heard++;
      if (heard < 3_000) stack.events.push(event);
    });
    stack.events.push(fakeEvent("readable", endpoint));
    stack.outgoing.push(packet("x"));
    await turns(1);
    expect(transport.sent).toHaveLength(1);
    expect(heard).toBeLessThan(3_000);
    await turns(5);
    expect(heard).toBe(3_000);
  });

  test("§3.10 a question for a route is answered by the system's choice of source", async () => {
    const { driver, stack } = onFake();
    const endpoint = fakeEndpoint();
    const heard: string[] = [];
    driver.attach(endpoint, (event) => heard.push(event.type));
    stack.events.push(routeEvent(ip("127.0.0.9"), endpoint), routeEvent(ip("255.255.255.255"), endpoint));
    await vi.waitFor(() => expect(stack.routes).toHaveLength(2));
    expect(stack.routes).toEqual([
      { destination: ip("127.0.0.9"), source: A },
      { destination: ip("255.255.255.255"), source: undefined },
    ]);
    expect(heard).toEqual([]);
    expect(await driver.route(ip("127.0.0.9"))).toBe(A);
  });
});

describe("the timer", () => {
  test("fires at its deadline, not before", async () => {
    const { driver, stack } = onFake();
    const deadline = driver.now() + 20;
    const fired = new Promise<number>((resolve) => {
      stack.onTimeout = (now) => {
        stack.deadline = Number.POSITIVE_INFINITY;
        resolve(now);
        return false;
      };
    });
    stack.deadline = deadline;
    driver.attach(fakeEndpoint(), () => {});
    expect(await fired).toBeGreaterThanOrEqual(deadline);
  });

  test("an earlier deadline takes the place of a later one", async () => {
    const { driver, stack } = onFake();
    driver.attach(fakeEndpoint(), () => {});
    stack.deadline = driver.now() + 60_000;
    await turns(2);
    stack.deadline = driver.now() + 10;
    driver.wake();
    await vi.waitFor(() => expect(stack.log).toContain("timeout"));
  });

  test("a deadline pushed back with every packet sets no timer", async () => {
    const { driver, stack } = onFake();
    stack.deadline = driver.now() + 10_000;
    driver.wake();
    await turns(1);
    const armed = vi.spyOn(globalThis, "setTimeout");
    for (let i = 0; i < 10; i++) {
      stack.deadline += 1_000;
      driver.wake();
      await turns(1);
    }
    expect(armed).not.toHaveBeenCalled();
    armed.mockRestore();
  });

  test("a deadline that was pushed back fires then", async () => {
    const { driver, stack } = onFake();
    driver.attach(fakeEndpoint(), () => {});
    stack.deadline = driver.now() + 5;
    await turns(2);
    const later = driver.now() + 40;
    stack.deadline = later;
    driver.wake();
    const fired = await new Promise<number>((resolve) => {
      stack.onTimeout = (now) => {
        stack.deadline = Number.POSITIVE_INFINITY;
        resolve(now);
        return false;
      };
    });
    expect(fired).toBeGreaterThanOrEqual(later);
  });

  test("is not starved by a stack that always has something to send", async () => {
    const { driver, stack, transport } = onFake();
    transport.send = (_bytes, _source, _destination, _port, done) => {
      stack.outgoing.push(packet("more"));
      done(null);
    };
    stack.outgoing.push(...packets(64));
    stack.deadline = driver.now() + 5;
    driver.wake();
    await vi.waitFor(() => expect(stack.log).toContain("timeout"));
  });

  test("more timeouts that are due come after a breath", async () => {
    const { driver, stack, transport } = onFake();
    let rounds = 0;
    stack.onTimeout = () => {
      rounds++;
      stack.outgoing.push(packet("retransmission"));
      stack.deadline = Number.POSITIVE_INFINITY;
      return rounds < 3;
    };
    stack.deadline = driver.now() + 1;
    driver.attach(fakeEndpoint(), () => {});
    await vi.waitFor(() => expect(transport.sent).toHaveLength(3));
    expect(stack.log).toEqual(["timeout", "transmit", "timeout", "transmit", "timeout", "transmit"]);
  });

  test("§2.2 after a blocked event loop everything that waits is read before the timeout", async () => {
    const { driver, stack, peer } = await onSockets();
    driver.attach(fakeEndpoint(), () => {});
    stack.deadline = driver.now() + 30;
    driver.wake();
    await turns(2);
    const sends = Array.from({ length: 100 }, () =>
      sendText(peer, { text: "SACK", source: C, destination: A, port: driver.udpPort }),
    );
    blockEventLoop(200);
    await Promise.all(sends);
    await vi.waitFor(() => expect(stack.log).toContain("timeout"));
    expect(stack.log.indexOf("timeout")).toBe(100);
  });

  test("§2.2 the answer of a peer that was blocked with us is awaited too", async () => {
    const { driver, stack } = await onSockets();
    // It lives in this process: it can only answer after the event loop is free again.
    const echo = await UdpTransport.open({ port: 0, addresses: [C] });
    opened.push(echo);
    echo.start({
      onDatagram: (bytes, source, port) => echo.send(bytes, C, source, port, () => {}),
      onError: () => {},
    });
    driver.attach(fakeEndpoint(), () => {});
    stack.deadline = driver.now() + 30;
    stack.outgoing.push(packet("DATA", A, echo.port));
    driver.wake();
    await turns(1);
    blockEventLoop(200);
    await vi.waitFor(() => expect(stack.log).toContain("timeout"));
    expect(stack.log).toEqual(["transmit", "datagram", "timeout"]);
  });

  test("datagrams without end hold a timeout back for so long only", async () => {
    const { driver, stack, transport } = onFake();
    driver.attach(fakeEndpoint(), () => {});
    stack.deadline = driver.now() + 1;
    await turns(1);
    blockEventLoop(60);
    for (let i = 0; i < 100_000 && !stack.log.includes("timeout"); i++) {
      receive(transport);
      await turns(1);
    }
    const before = stack.log.indexOf("timeout");
    expect(before).toBeGreaterThan(500);
    expect(before).toBeLessThan(100_000);
  });
});

describe("what holds the process", () => {
  test("is held by attached endpoints that are referenced", () => {
    const { driver, transport } = onFake();
    const [one, two] = [fakeEndpoint(), fakeEndpoint()];
    expect(transport.referenced).toBe(false);
    driver.attach(one, () => {});
    driver.attach(two, () => {});
    expect(transport.referenced).toBe(true);
    driver.unref(one);
    driver.unref(one);
    expect(transport.referenced).toBe(true);
    driver.detach(two);
    expect(transport.referenced).toBe(false);
    driver.ref(two);
    expect(transport.referenced).toBe(false);
    driver.ref(one);
    expect(transport.referenced).toBe(true);
    driver.attach(one, () => {});
    driver.detach(one);
    expect(transport.referenced).toBe(false);
  });

  test("closing sends what is ready, however much, and leaves no handle", async () => {
    const before = openHandles();
    const { driver, stack, inbox, peer } = await onSockets();
    driver.attach(fakeEndpoint(), () => {});
    stack.deadline = driver.now() + 60_000;
    await turns(1);
    expect(openHandles()).toContain("Timeout");
    stack.outgoing.push(...packets(100).map((each) => ({ ...each, port: peer.port })));
    await driver.close();
    for (let i = 0; i < 100; i++) expect((await inbox.next()).text).toBe(`packet ${i}`);
    await peer.close();
    await untilReleased(before);
  });

  test("a closed driver calls nobody", async () => {
    const { driver, stack, transport } = onFake();
    const heard: string[] = [];
    const endpoint = fakeEndpoint();
    driver.attach(endpoint, (event) => {
      heard.push(event.type);
      void driver.close();
    });
    // The question for a route has just been asked when the listener closes.
    stack.events.push(routeEvent(B, endpoint), fakeEvent("readable", endpoint));
    stack.outgoing.push(packet("last"));
    await turns(1);
    stack.events.push(fakeEvent("drain", endpoint));
    await Promise.all([driver.close(), driver.close()]);
    expect(transport.closed).toBe(true);
    receive(transport);
    expect(transport.sent).toHaveLength(1);
    transport.sent[0]?.done(new Error("too late"));
    driver.wake();
    await turns(2);
    expect(stack.routes).toEqual([]);
    expect(stack.received).toEqual([]);
    expect(stack.errors).toEqual([]);
    expect(heard).toEqual(["readable"]);
  });
});

describe("a tap", () => {
  test("sees what comes and leaves, in order, until it is taken away", async () => {
    const { driver, stack, transport } = onFake();
    const seen: string[] = [];
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const untap = driver.tap({
      onSent: (bytes, source, destination, port) =>
        seen.push(`${source} > ${destination}:${port} ${text(bytes)}`),
      onReceived: (bytes, source, port, destination) =>
        seen.push(`${destination} < ${source}:${port} ${text(bytes)}`),
    });
    stack.onDatagram = () => stack.outgoing.push(packet("answer"));
    transport.receiver?.onDatagram(new TextEncoder().encode("question"), C, 7, B);
    await turns(2);
    untap();
    untap();
    receive(transport);
    await turns(2);
    expect(seen).toEqual([`${B} < ${C}:7 question`, `${A} > ${C}:9 answer`]);
    expect([transport.sent.length, stack.received.length]).toEqual([2, 2]);
  });

  test("leaves the others alone when it goes", async () => {
    const { driver, stack, transport } = onFake();
    const seen: string[] = [];
    const tapAs = (name: string) =>
      driver.tap({
        onSent: () => seen.push(`${name} sent`),
        onReceived: () => seen.push(`${name} received`),
      });
    const untapFirst = tapAs("first");
    tapAs("second");
    receive(transport);
    untapFirst();
    stack.outgoing.push(packet("x"));
    driver.wake();
    await turns(2);
    expect(seen).toEqual(["first received", "second received", "second sent"]);
  });
});

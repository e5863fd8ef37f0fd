package dev.nostrtrust.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import dev.nostrtrust.e2e.User;
import dev.nostrtrust.nostr.Hex;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What an extension with a NIP-07 signer puts into pages: a real key, and real signatures of nostr-tools. */
final class Signer {
    private static final String SCRIPT = """
            ;(() => {
              const bytes = hex => Uint8Array.from(hex.match(/../g), pair => parseInt(pair, 16))
              const tools = NostrTools
              delete globalThis.NostrTools
              const told = []
              const state = { key: '%s', mood: 'willing' }
              globalThis.signerOfTest = {
                name: key => { state.named = key },
                answer: make => { state.mood = 'answering'; state.make = make },
                take: key => { state.key = key; told.forEach(tell => tell()) },
                takeSilently: key => { state.key = key },
                refuse: () => { state.mood = 'unwilling' },
                think: () => { state.mood = 'thinking' },
                thinks: () => state.go !== undefined,
                asksEachTime: () => { state.mood = 'asking' },
                asked: () => state.asked ?? 0,
                decide: () => { state.mood = 'willing'; state.go?.() },
              }
              globalThis.nostr = {
                on: (name, tell) => { if (name === 'accountChanged') told.push(tell) },
                getPublicKey: async () => {
                  state.asked = (state.asked ?? 0) + 1
                  if (state.mood === 'asking') await new Promise(resolve => setTimeout(resolve, 1000))
                  return state.named ?? tools.getPublicKey(bytes(state.key))
                },
                signEvent: async template => {
                  if (state.mood === 'unwilling') throw new Error('denied by its user')
                  if (state.mood === 'thinking') await new Promise(resolve => { state.go = resolve })
                  const event = tools.finalizeEvent(template, bytes(state.key))
                  return state.mood === 'answering' ? state.make(event) : event
                },
              }
            })()
            """;

    private Signer() {}

    /** A secret key, in hex. */
    static String newKey() {
        byte[] key = new byte[32];
        User.RANDOM.nextBytes(key);
        key[0] = 1;
        return Hex.encode(key);
    }

    /** Brings it into every page that is opened from now on. */
    static void into(BrowserContext context, String key) {
        try {
            String tools = NodeModules.read("nostr-tools/lib/nostr.bundle.js");
            // The bundle declares its name for itself; as part of a function's body it would be seen there only.
            context.addInitScript(tools + "\n;globalThis.NostrTools = NostrTools\n" + SCRIPT.formatted(key));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void takeAccount(Page page, String key) {
        page.evaluate("key => signerOfTest.take(key)", key);
    }

    static void refuse(Page page) {
        page.evaluate("signerOfTest.refuse()");
    }

    /** Signs on command from now on. */
    static void think(Page page) {
        page.evaluate("signerOfTest.think()");
    }

    /** Waits until the page has handed it an event, so that the challenge in it has been given. */
    static void awaitThinking(Page page) {
        page.waitForFunction("() => signerOfTest.thinks()");
    }

    static void decide(Page page) {
        page.evaluate("signerOfTest.decide()");
    }
}

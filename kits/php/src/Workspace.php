<?php

declare(strict_types=1);

namespace QameraMock;

/** One API key's sandbox: its own records, credits, clock and journal. `Server::workspace` makes it. */
final class Workspace
{
    /** The server's, without a path: what a client takes as its base URL. */
    public readonly string $url;
    public readonly string $id;
    /** What a client sends as `X-Api-Key`. */
    public readonly string $key;
    public readonly Clock $clock;
    public readonly Rules $rules;

    /**
     * @internal
     * @param array<string, mixed> $made
     */
    public function __construct(private readonly Client $client, array $made)
    {
        $this->url = $client->url;
        $this->id = $made['id'];
        $this->key = $made['key'];
        $call = static fn (string $method, string $path, mixed $body = null): mixed
            => $client->call($method, $path, $made['key'], $body);
        $this->clock = new Clock($call);
        $this->rules = new Rules($call);
    }

    /**
     * The ledger, after a change if one is given: `['available' => n]` or `['grant' => n]`.
     *
     * @param ?array<string, int> $change
     * @return array<string, int>
     */
    public function credits(?array $change = null): array
    {
        return $change === null ? $this->call('GET', '/credits') : $this->call('PATCH', '/credits', (object) $change);
    }

    /**
     * Ends a pending job now: `DONE` or `FAILED`.
     *
     * @return array<string, mixed>
     */
    public function settle(string $record, string $status = 'DONE'): array
    {
        return $this->call('POST', '/records/' . rawurlencode($record), ['status' => $status]);
    }

    /**
     * The journal, oldest first; filters are `operation`, `status`, `path`, `since`, `limit`, `unmatched`, `findings`.
     *
     * @return list<array<string, mixed>>
     */
    public function requests(string|int|bool|null ...$filters): array
    {
        $asked = array_map(static fn ($value) => is_bool($value) ? ($value ? 'true' : 'false') : $value, $filters);
        $query = http_build_query($asked);  // leaves out what is null
        return $this->call('GET', '/requests' . ($query === '' ? '' : "?$query"))['requests'];
    }

    /**
     * Throws a VerificationError unless all of it holds, or comes to hold `within` that real time.
     *
     * @param array<mixed> $expectations one, or a list of them
     */
    public function verify(array $expectations, ?string $within = null): void
    {
        $expected = array_is_list($expectations) ? $expectations : [$expectations];
        $body = ['expect' => $expected] + ($within === null ? [] : ['within' => $within]);
        [$status, $text] = $this->client->send('POST', '/verify', $this->key, $body, 'text/plain');
        if ($status === 200) {
            return;
        }
        // A refused call answers 422 too, but in JSON.
        if (in_array($status, [409, 422], true) && !str_starts_with($text, '{')) {
            throw new VerificationError(rtrim($text), $status);
        }
        throw Client::refusal($status, $text, 'verify');
    }

    /** What its requests did that nobody documented, and those that reached no operation, as text for people. */
    public function findings(): string
    {
        [$status, $text] = $this->client->send('GET', '/findings', $this->key, null, 'text/plain');
        if ($status !== 200) {
            throw Client::refusal($status, $text, 'findings');
        }
        return rtrim($text);
    }

    /** Back to the scenario's start, with an empty journal. */
    public function reset(): void
    {
        $this->call('POST', '/reset');
    }

    /** A copy of its state under another key. */
    public function fork(?string $key = null): self
    {
        $path = '/workspaces/' . rawurlencode($this->id) . '/fork';
        $body = (object) ($key === null ? [] : ['key' => $key]);
        return new self($this->client, $this->client->call('POST', $path, null, $body));
    }

    private function call(string $method, string $path, mixed $body = null): mixed
    {
        return $this->client->call($method, $path, $this->key, $body);
    }
}

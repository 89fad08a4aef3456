<?php

declare(strict_types=1);

namespace QameraMock;

/**
 * The control API of one server, over PHP's own streams. Each call has a connection of its own.
 *
 * @internal
 */
final class Client
{
    /** Longer than any `within`; only keeps a hung server from hanging a run. */
    private const SECONDS = 700;
    private const JSON = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE
        | JSON_PRESERVE_ZERO_FRACTION;

    public readonly string $url;
    private readonly string $token;

    /** @param ?\Closure(string): string $explain why the server does not answer, where that is known; else "" */
    public function __construct(string $url, ?string $token = null, private readonly ?\Closure $explain = null)
    {
        $this->url = rtrim($url, '/');
        $this->token = $token ?? (getenv('QAMERA_MOCK_ADMIN_TOKEN') ?: 'none');
        $parts = parse_url($this->url);
        if (!in_array($parts['scheme'] ?? '', ['http', 'https'], true) || empty($parts['host'])) {
            throw new QameraMockError("\"$url\" is no URL of a server: expected such as http://127.0.0.1:4010");
        }
    }

    /**
     * A control call, whatever its status.
     *
     * @return array{int, string} status and text
     */
    public function send(string $method, string $path, ?string $key = null, mixed $body = null,
                         ?string $accept = null): array
    {
        $headers = ['Content-Type' => 'application/json', 'Connection' => 'close', 'X-Api-Key' => $key,
            'Accept' => $accept, 'Authorization' => $this->token === 'none' ? null : "Bearer $this->token"];
        $lines = [];
        foreach (array_filter($headers, static fn ($value) => $value !== null) as $name => $value) {
            if (strpbrk($value, "\r\n\0") !== false) {
                throw new QameraMockError("$method /__admin$path: the value of $name holds a line break");
            }
            $lines[] = "$name: $value";
        }
        try {
            $content = $body === null ? '' : json_encode($body, self::JSON);
        } catch (\JsonException $error) {
            throw new QameraMockError("$method /__admin$path: no JSON: {$error->getMessage()}", null, $error);
        }
        $context = stream_context_create(['http' => ['method' => $method, 'header' => $lines, 'content' => $content,
            'protocol_version' => 1.1, 'ignore_errors' => true, 'follow_location' => 0, 'timeout' => self::SECONDS]]);
        return $this->exchange($method, "/__admin$path", $context);
    }

    /** A control call that must succeed: its JSON, with arrays for objects. */
    public function call(string $method, string $path, ?string $key = null, mixed $body = null): mixed
    {
        [$status, $text] = $this->send($method, $path, $key, $body);
        if ($status >= 300) {
            throw self::refusal($status, $text, "$method /__admin$path");
        }
        try {
            return json_decode($text, true, 512, JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING);
        } catch (\JsonException $error) {
            throw new QameraMockError("$method /__admin$path: the reply is no JSON: $text", $status, $error);
        }
    }

    /** What the server says of a call that it refused. */
    public static function refusal(int $status, string $text, string $what): QameraMockError
    {
        $told = trim($text);
        $body = json_decode($told, true);
        if (is_array($body) && is_string($body['error'] ?? null)) {
            $told = empty($body['pointer']) ? $body['error'] : "{$body['pointer']}: {$body['error']}";
        }
        return new QameraMockError("$what: $status $told", $status);
    }

    /**
     * @param resource $context
     * @return array{int, string}
     */
    private function exchange(string $method, string $path, $context): array
    {
        $warning = '';
        // Not error_get_last: the handler of a test runner or framework may keep warnings to itself.
        set_error_handler(static function (int $level, string $message) use (&$warning): bool {
            $warning = $message;
            return true;
        });
        try {
            $stream = fopen($this->url . $path, 'rb', false, $context);
            $text = $stream === false ? false : stream_get_contents($stream);
        } finally {
            restore_error_handler();
        }
        $status = $stream === false ? 0 : self::status(stream_get_meta_data($stream)['wrapper_data'] ?? []);
        if ($status === 0 || $text === false) {
            $why = preg_replace('/^.*?failed to open stream: |^fopen\(.*?\): /i', '', $warning) ?: 'no reply';
            $why = ($this->explain ? ($this->explain)($why) : '') ?: trim($why);
            throw new QameraMockError("$method $this->url$path: $why");
        }
        return [$status, $text];
    }

    /** @param list<string> $headers the status line and those below it */
    private static function status(array $headers): int
    {
        return preg_match('/^HTTP\/\S+ (\d{3})/', $headers[0] ?? '', $found) ? (int) $found[1] : 0;
    }
}

<?php

declare(strict_types=1);

namespace QameraMock;

/** A server: one that `start` started, or that of QAMERA_MOCK_URL. */
final class Server
{
    /** Options of `start` that a workspace can have too: all that can be asked of a server that runs already. */
    private const OF_WORKSPACES = ['scenario', 'clock', 'speed', 'seed'];
    private const OTHERWISE = 'build qamera-mock from source and name the binary in QAMERA_MOCK_BINARY, '
        . 'or name a running server, such as the image, in QAMERA_MOCK_URL';

    /** @var array<string, self> */
    private static array $shared = [];

    public readonly string $url;

    /** @param array<string, mixed> $defaults of its workspaces */
    private function __construct(private readonly Client $client, private readonly ?Process $process,
                                 private readonly array $defaults)
    {
        $this->url = $client->url;
    }

    /**
     * Starts a server on a free port of 127.0.0.1; it ends with `stop`, when nobody holds it or a workspace of it any
     * more, or with this process, however that ends.
     *
     * The options are the flags of `qamera-mock serve` in camel case (`--fail-on` is `failOn`), by name. Where
     * QAMERA_MOCK_URL names a server, that is taken; where QAMERA_MOCK_BINARY names a binary, that is run.
     */
    public static function start(mixed ...$options): self
    {
        $named = getenv('QAMERA_MOCK_URL');
        if ($named !== false && $named !== '') {
            return self::connect($named, $options);
        }
        $process = new Process($options);
        $url = $process->ready();
        return new self(new Client($url, $options['adminToken'] ?? null, $process->explainRefusal(...)), $process, []);
    }

    /**
     * The one server that this process has with these options; started when it is first asked for, and stopped at the
     * end of the process, whose exit code is then 1 if that fails, as with `failOn`.
     */
    public static function shared(mixed ...$options): self
    {
        ksort($options);
        $name = serialize($options);
        if (!isset(self::$shared[$name])) {
            $server = self::$shared[$name] = self::start(...$options);
            register_shutdown_function(static function () use ($server): void {
                try {
                    $server->stop();
                } catch (QameraMockError $error) {
                    file_put_contents('php://stderr', $error->getMessage() . "\n");
                    exit(1);
                }
            });
        }
        return self::$shared[$name];
    }

    /** The path of the server's binary. Where there is none the error's message is one sentence on what to do. */
    public static function binaryPath(): string
    {
        $named = getenv('QAMERA_MOCK_BINARY');
        if ($named !== false && $named !== '') {
            if (is_file($named) && is_executable($named)) {
                return $named;
            }
            throw new QameraMockError("QAMERA_MOCK_BINARY names no program: \"$named\"");
        }
        $machine = ['x86_64' => 'x64', 'aarch64' => 'arm64'][php_uname('m')] ?? php_uname('m');
        $here = strtolower(PHP_OS_FAMILY) . "-$machine";
        $inside = dirname(__DIR__) . "/bin/$here/qamera-mock";
        // PHP's own unpacking of archives, which Composer may use, makes no file executable.
        if (is_file($inside) && (is_executable($inside) || @chmod($inside, 0755))) {
            return $inside;
        }
        throw new QameraMockError("the package qamera-mock has no binary for $here: " . self::OTHERWISE);
    }

    /**
     * Makes a workspace; without a scenario it has the server's.
     *
     * @param string|array<string, mixed>|null $scenario a name, or a scenario as in a file
     * @param string|array<string, mixed>|null $clock `'manual'`, `'real'` or an object
     */
    public function workspace(string|array|null $scenario = null, ?string $key = null, string|array|null $clock = null,
                              ?int $credits = null, ?int $seed = null): Workspace
    {
        $clock ??= $this->defaults['clock'] ?? null;
        $asked = ['scenario' => $scenario ?? $this->defaults['scenario'] ?? null, 'key' => $key,
            'clock' => is_string($clock) ? ['mode' => $clock] : $clock, 'credits' => $credits,
            'seed' => $seed ?? $this->defaults['seed'] ?? null];
        $body = (object) array_filter($asked, static fn ($value) => $value !== null);
        return new Workspace($this->client, $this->client->call('POST', '/workspaces', null, $body));
    }

    /** Stops the server, unless QAMERA_MOCK_URL named it. Throws if it did not end well, as with `failOn`. */
    public function stop(): void
    {
        $this->process?->stop();
    }

    /** @param array<string, mixed> $options */
    private static function connect(string $url, array $options): self
    {
        $options = array_filter($options, static fn ($value) => $value !== null);
        $token = $options['adminToken'] ?? null;
        unset($options['quiet'], $options['adminToken']);
        foreach (array_keys($options) as $name) {
            if (!in_array($name, self::OF_WORKSPACES, true)) {
                throw new QameraMockError(
                    "QAMERA_MOCK_URL names a server that runs already: it cannot be given \"$name\"");
            }
        }
        $client = new Client($url, $token);
        $client->call('GET', '/health');
        if (isset($options['speed'])) {
            $options['clock'] = ['mode' => $options['clock'] ?? 'real', 'speed' => $options['speed']];
        }
        return new self($client, null, $options);
    }
}

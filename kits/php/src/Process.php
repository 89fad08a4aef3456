<?php

declare(strict_types=1);

namespace QameraMock;

/**
 * The process of a server that was started here.
 *
 * @internal
 */
final class Process
{
    private const MOST_LOG = 64 * 1024;

    /** @var resource */
    private $child;
    /** @var array<int, resource> */
    private array $pipes = [];
    /** @var resource|null */
    private $log = null;
    private ?string $how = null;
    private ?int $code = null;
    private readonly int|false $starter;

    /** @param array<string, mixed> $options */
    public function __construct(array $options)
    {
        // The pipe on standard input ends with this process, and the server with it.
        $command = [Server::binaryPath(), 'serve', '--stop-with-stdin', ...self::flags($options + ['port' => 0,
            'quiet' => true])];
        $this->log = ($options['quiet'] ?? true) ? (tmpfile() ?: null) : null;
        $errors = $this->log ?? ['file', 'php://stderr', 'w'];
        $warning = '';
        set_error_handler(static function (int $level, string $message) use (&$warning): bool {
            $warning = $message;
            return true;
        });
        try {
            $child = proc_open($command, [['pipe', 'r'], ['pipe', 'w'], $errors], $this->pipes);
        } finally {
            restore_error_handler();
        }
        if ($child === false) {
            throw new QameraMockError("qamera-mock cannot be run: $warning");
        }
        $this->child = $child;
        $this->starter = getmypid();
    }

    /** The URL of the ready line. */
    public function ready(): string
    {
        $line = (string) fgets($this->pipes[1]);
        if (preg_match('/^(?:qamera-mock listening on |\{"url":")([^\s"]+)/', $line, $found)) {
            return $found[1];
        }
        if ($line !== '') {
            proc_terminate($this->child, 9);
        }
        $this->wait();
        throw new QameraMockError($this->explain());
    }

    /** How it ended and what it said, "" while it runs. */
    public function explain(): string
    {
        if ($this->how === null) {
            $status = proc_get_status($this->child);
            if ($status['running']) {
                return '';
            }
            $this->finish($status);
        }
        return $this->how;
    }

    /** Why a call had no answer: its end, if it has ended or is about to; else "". */
    public function explainRefusal(string $why): string
    {
        if (str_contains($why, 'refused')) {
            $this->wait();
        }
        return $this->explain();
    }

    public function stop(): void
    {
        // A process that was forked off has the object, but not the child.
        if ($this->how !== null || getmypid() !== $this->starter) {
            return;
        }
        proc_terminate($this->child);
        $this->wait();
        if ($this->code !== 0) {
            throw new QameraMockError($this->explain());
        }
    }

    private function wait(): void
    {
        if ($this->how !== null) {
            return;
        }
        // Its standard output ends a moment before it does. PHP tells how it ended to the first who asks.
        stream_get_contents($this->pipes[1]);
        for ($status = proc_get_status($this->child); $status['running']; $status = proc_get_status($this->child)) {
            usleep(200);
        }
        $this->finish($status);
    }

    /** @param array<string, mixed> $status of a process that has ended */
    private function finish(array $status): void
    {
        $this->code = $status['signaled'] ? -$status['termsig'] : $status['exitcode'];
        $how = $status['signaled'] ? "signal {$status['termsig']}" : "exit code {$status['exitcode']}";
        $told = '';
        if ($this->log) {
            $size = fstat($this->log)['size'];
            fseek($this->log, max(0, $size - self::MOST_LOG));
            $told = trim((string) stream_get_contents($this->log));
            fclose($this->log);
        }
        $this->how = "qamera-mock ended with $how" . ($told === '' ? '' : ": $told");
        array_map('fclose', $this->pipes);
        proc_close($this->child);
    }

    /**
     * `['failOn' => ['findings'], 'strict' => true]` -> `['--fail-on=findings', '--strict']`.
     *
     * @param array<string, mixed> $options
     * @return list<string>
     */
    private static function flags(array $options): array
    {
        $flags = [];
        foreach ($options as $name => $value) {
            if (is_int($name)) {
                throw new QameraMockError('start: expected options by name, as in start(seed: 7)');
            }
            $flag = '--' . strtolower(preg_replace('/[A-Z]/', '-$0', $name));
            if ($value === null || $value === false) {
                continue;
            }
            $values = is_array($value) ? $value : [$value];
            $isPlain = static fn ($one) => is_string($one) || is_int($one) || is_float($one);
            if ($value === true) {
                $flags[] = $flag;
            } elseif (count(array_filter($values, $isPlain)) === count($values)) {
                $flags[] = "$flag=" . implode(',', $values);
            } else {
                throw new QameraMockError(
                    "start: \"$name\" is neither text, number, true or false, nor a list of these");
            }
        }
        return $flags;
    }
}

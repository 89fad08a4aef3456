<?php

declare(strict_types=1);

namespace QameraMock;

/** The clock of a workspace. */
final class Clock
{
    /**
     * @internal
     * @param \Closure(string, string, mixed): mixed $call
     */
    public function __construct(private readonly \Closure $call)
    {
    }

    /**
     * Stops the clock, at `$now` (ISO 8601) if given.
     *
     * @return array<string, mixed>
     */
    public function manual(?string $now = null): array
    {
        return ($this->call)('PUT', '/clock', ['mode' => 'manual'] + ($now === null ? [] : ['now' => $now]));
    }

    /**
     * Lets time pass: `'90s'`, `['by' => '90s']` or `['to' => TIME]`. `fired` says what happened.
     *
     * @param string|array<string, string> $target
     * @return array<string, mixed>
     */
    public function advance(string|array $target): array
    {
        return ($this->call)('POST', '/clock/advance', (object) (is_string($target) ? ['by' => $target] : $target));
    }

    /**
     * Until no job runs any more.
     *
     * @return array<string, mixed>
     */
    public function untilIdle(): array
    {
        return $this->advance(['until' => 'idle']);
    }

    /**
     * Until the next thing happens.
     *
     * @return array<string, mixed>
     */
    public function untilNext(): array
    {
        return $this->advance(['until' => 'next']);
    }
}

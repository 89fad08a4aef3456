<?php

declare(strict_types=1);

namespace QameraMock;

/** The scripted rules of a workspace. */
final class Rules
{
    /**
     * @internal
     * @param \Closure(string, string, mixed): mixed $call
     */
    public function __construct(private readonly \Closure $call)
    {
    }

    /**
     * Adds rules as in a scenario file, asked before the scenario's; their ids and names.
     *
     * @param array<string, mixed> ...$rules
     * @return list<array<string, mixed>>
     */
    public function add(array ...$rules): array
    {
        return ($this->call)('POST', '/rules', ['rules' => array_values($rules)])['added'];
    }
}

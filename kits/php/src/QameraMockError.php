<?php

declare(strict_types=1);

namespace QameraMock;

/** Something that could not be done: a start that failed, a control call that was refused. */
class QameraMockError extends \RuntimeException
{
    /** @param ?int $status the HTTP status, where the server refused */
    public function __construct(string $message, public readonly ?int $status = null, ?\Throwable $previous = null)
    {
        parent::__construct($message, 0, $previous);
    }
}

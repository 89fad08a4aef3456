<?php

declare(strict_types=1);

namespace QameraMock;

/** `verify` did not pass. The message is the server's report. */
final class VerificationError extends QameraMockError
{
    /** `failed`, or `inconclusive` when the journal no longer holds what it takes to tell. */
    public function verdict(): string
    {
        return $this->status === 409 ? 'inconclusive' : 'failed';
    }
}

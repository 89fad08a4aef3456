<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;
use QameraMock\UsesQamera;

/** PHPUnit: a server for the run, a workspace for each test. */
final class ShootTest extends TestCase
{
    use UsesQamera;

    /** @dataProvider counts */
    public function testAShootIsPaidForOnceItIsDone(int $count): void
    {
        $qamera = $this->qamera('happy-path', clock: 'manual', credits: 100);
        [, $started] = startShoot($qamera->url, $qamera->key, $count);
        $this->assertSame(10 * $count, $started['creditsReserved']);
        $qamera->clock->untilIdle();
        $qamera->verify([['ledger' => ['consumed' => 10 * $count, 'reserved' => 0]], ['noFindings' => true]]);
    }

    public function testWithoutCreditsItSaysSo(): void
    {
        $qamera = $this->qamera('credit-exhaustion');
        [$status, $refused] = startShoot($qamera->url, $qamera->key, 4);
        $this->assertSame(402, $status);
        $this->assertStringContainsString('Insufficient credits', $refused['error']);
    }

    public static function counts(): array
    {
        return [[1], [2], [3], [4]];
    }
}

/** The client under test: yours stands here. */
function startShoot(string $base, string $key, int $count): array
{
    $body = json_encode(['config' => ['product' => ['id' => 'rec_product_001']], 'count' => $count]);
    $context = stream_context_create(['http' => ['method' => 'POST', 'content' => $body, 'ignore_errors' => true,
        'header' => ["X-Api-Key: $key", 'Content-Type: application/json']]]);
    $reply = fopen("$base/api/external/image-picker/register-ideas", 'rb', false, $context);
    $status = (int) explode(' ', stream_get_meta_data($reply)['wrapper_data'][0])[1];
    return [$status, json_decode(stream_get_contents($reply), true)];
}

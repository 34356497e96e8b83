<?php
// php run.php VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}.

declare(strict_types=1);

require __DIR__ . '/vendor/autoload.php';

[, $verifier, $use] = $argv;
$job = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
$uses = require __DIR__ . "/verifiers/$verifier.php";
foreach ($job['tokens'] as $token => $text) {
    $reason = '';
    try {
        $uses[$use]($job, $text);
    } catch (Throwable $error) {
        $reason = (new ReflectionClass($error))->getShortName() . ': ' . $error->getMessage();
    }
    echo json_encode(['token' => $token, 'accepted' => $reason === '', 'reason' => $reason]), "\n";
}

<?php
// What it does for all service providers: it takes signed requests only, and names people by their addresses.
$metadata[getenv('PROVIDER_URL') . '/metadata'] = [
    'host' => '__DEFAULT__',
    'privatekey' => getenv('PROVIDER_KEY'),
    'certificate' => getenv('PROVIDER_KEY'),
    'auth' => 'people',
    'validate.authnrequest' => true,
    'redirect.sign' => true,
    'assertion.encryption' => getenv('PROVIDER_ENCRYPTS') === 'yes',
    'SingleSignOnServiceBinding' => [getenv('PROVIDER_BINDING')],
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
    'authproc' => [
        3 => [
            'class' => 'saml:AttributeNameID',
            'attribute' => 'mail',
            'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
        ],
    ],
];

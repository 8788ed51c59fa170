import { createPrivateKey, createPublicKey, type JsonWebKey, privateDecrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decryptJwe, parseJwe, parseJws, verifyJws } from '../src/core/jose.ts';
import { oaepSha256 } from '../src/core/shop-key.ts';

const wycheproof = JSON.parse(
  readFileSync(new URL('support/wycheproof-oaep.json', import.meta.url), 'utf8'),
) as { jwk: JsonWebKey; tests: { tcId: number; comment: string; result: string; msg: string; ct: string }[] };

describe('Wycheproof, RSAES-OAEP with SHA-256: our settings open what is valid and refuse what is not', () => {
  const key = createPrivateKey({ key: wycheproof.jwk, format: 'jwk' });
  const open = (ct: string) => privateDecrypt(oaepSha256(key), Buffer.from(ct, 'hex')).toString('hex');

  test.each(wycheproof.tests)('$tcId, $comment: $result', ({ result, msg, ct }) => {
    if (result === 'valid') expect(open(ct)).toBe(msg);
    else expect(() => open(ct)).toThrow();
  });
});

describe('RFC 7516, appendix A.1: AES-256-GCM over the protected header', () => {
  const compact = [
    'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ',
    'OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tETKzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iGdXKHzg',
    '48V1_ALb6US04U3b',
    '5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A',
    'XFBoMYUZodetZdvTiFvSkQ',
  ].join('.');
  const contentKey = Uint8Array.from([
    177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7, 110, 91, 112, 46, 34,
    105, 47, 130, 203, 46, 122, 234, 64, 252,
  ]);

  test('opens to the sentence printed there', () => {
    const jwe = parseJwe(compact);
    expect(jwe?.header).toEqual({ alg: 'RSA-OAEP', enc: 'A256GCM' });
    expect(jwe && decryptJwe(jwe, contentKey)).toBe(
      'The true sign of intelligence is not knowledge but imagination.',
    );
  });

  test('does not open with another header', () => {
    const jwe = parseJwe(compact.replace(/^[^.]+/, Buffer.from('{"alg":"RSA-OAEP"}').toString('base64url')));
    expect(jwe && decryptJwe(jwe, contentKey)).toBeUndefined();
  });
});

describe('RFC 7515, appendix A.3: ES256', () => {
  const key = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  });
  const compact =
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';

  test('is verified, and not with one character of the payload changed', () => {
    const jws = parseJws(compact);
    expect(jws && verifyJws(jws, key)).toBe(true);
    const changed = parseJws(compact.replace('.eyJpc3MiOiJqb2Ui', '.eyJpc3MiOiJqb2Vi'));
    expect(changed && verifyJws(changed, key)).toBeFalsy();
  });
});

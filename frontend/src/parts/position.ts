// Where the phone is, asked once, when something is being reported; "no" is an answer and costs nothing (PIPL).

export interface Position {
  lat: number;
  lng: number;
  accuracy: number;
}

/** The position, or null when the phone does not tell within ten seconds. */
export function position(): Promise<Position | null> {
  return new Promise((done) => {
    if (!navigator.geolocation) {
      done(null);
      return;
    }
    navigator.geolocation.getCurrentPosition(
      (found) =>
        done({
          lat: found.coords.latitude,
          lng: found.coords.longitude,
          accuracy: Math.round(found.coords.accuracy),
        }),
      () => done(null),
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  });
}

/** Fills the hidden fields of the form. */
export function fill(form: HTMLFormElement, found: Position): void {
  const set = (name: string, value: number): void => {
    const field = form.elements.namedItem(name) as HTMLInputElement | null;
    if (field) {
      field.value = String(value);
    }
  };
  set("lat", found.lat);
  set("lng", found.lng);
  set("accuracy_m", found.accuracy);
}
